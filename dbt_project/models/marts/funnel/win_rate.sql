with outcomes as (

    select * from {{ ref('close_period') }}

),

counted as (

    select
        scope_code,
        owner_id,
        period_kind_code,
        period_code,
        {{ count_where("status_code = 'won'") }} as won_count,
        {{ count_where("status_code = 'lost' and counts_as_loss") }} as lost_count,
        {{ count_where("status_code = 'lost' and not counts_as_loss") }} as lost_not_counted_count,
        {{ count_where("status_code in ('vanished', 'deleted')") }} as vanished_count,
        {{ sum_money("case when status_code = 'won' then amount_base end") }} as won_amount_base,
        {{ sum_money("case when status_code = 'lost' and counts_as_loss then amount_base end") }} as lost_amount_base,
        {{ count_where("amount_base is null and (status_code = 'won' or status_code = 'lost' and counts_as_loss)") }}
            as no_amount_base_count,
        {{ count_where("outcome_date is null") }} as undated_count
    from outcomes
    group by scope_code, owner_id, period_kind_code, period_code

),

totalled as (

    select
        *,
        won_count + lost_count as closed_count,
        won_count + lost_count + vanished_count as outcome_count
    from counted

)

select
    concat(scope_code, ':', coalesce(owner_id, '-'), ':', period_kind_code, ':', period_code) as win_rate_id,
    {{ as_of_date() }} as as_of_date,
    scope_code,
    owner_id,
    period_kind_code,
    period_code,
    won_count,
    lost_count,
    lost_not_counted_count,
    vanished_count,
    closed_count,
    closed_count < {{ var('minimum_rate_count') }} as is_withheld,
    {{ withheld_rate('won_count', 'closed_count') }} as win_rate,
    {{ withheld_wilson('won_count', 'closed_count', '-') }} as win_rate_low,
    {{ withheld_wilson('won_count', 'closed_count', '+') }} as win_rate_high,
    outcome_count,
    {{ withheld_rate('won_count', 'outcome_count') }} as win_including_vanished_rate,
    {{ withheld_wilson('won_count', 'outcome_count', '-') }} as win_including_vanished_rate_low,
    {{ withheld_wilson('won_count', 'outcome_count', '+') }} as win_including_vanished_rate_high,
    won_amount_base,
    lost_amount_base,
    case
        when closed_count >= {{ var('minimum_rate_count') }} then {{ rate('won_amount_base', 'won_amount_base + lost_amount_base') }}
    end as win_amount_rate,
    no_amount_base_count,
    undated_count
from totalled
