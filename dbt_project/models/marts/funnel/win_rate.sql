with outcomes as (

    select
        scope_code,
        scope_id,
        period_kind_code,
        period_code,
        min(outcome_date) as first_date,
        {{ count_where("status_code = 'won'") }} as won_count,
        {{ count_where("status_code = 'lost' and counts_as_loss") }} as lost_count,
        {{ count_where("status_code = 'lost' and not counts_as_loss") }} as lost_not_counted_count,
        {{ count_where("status_code in ('vanished', 'deleted')") }} as vanished_count,
        {{ sum_money("case when status_code = 'won' then amount_base end") }} as won_amount_base,
        {{ sum_money("case when status_code = 'lost' and counts_as_loss then amount_base end") }} as lost_amount_base,
        {{ count_where("amount_base is null and (status_code = 'won' or status_code = 'lost' and counts_as_loss)") }}
            as no_amount_base_count,
        {{ count_where("status_code = 'won' and amount_base is null") }} as won_no_amount_base_count,
        {{ sum_money("case when status_code = 'won' then amount_base - amount_at_close_base end") }} as won_amount_change_base,
        {{ sum_money("case when status_code = 'won' and amount_base is not null then margin_base end") }} as won_margin_base,
        {{ sum_money("case when status_code = 'won' and margin_base is not null then amount_base end") }} as margin_amount_base,
        {{ count_where("status_code = 'won' and (margin_base is null or amount_base is null)") }} as no_margin_count,
        {{ count_where("outcome_date is null") }} as undated_count
    from {{ ref('close_period') }}
    group by scope_code, scope_id, period_kind_code, period_code

),

booked as (

    select * from {{ ref('win_booking') }}

),

{# a win that was reversed stands nowhere now, but its period has a row all the same #}
known as (

    select scope_code, scope_id, first_date from outcomes
    union all
    select scope_code, scope_id, first_date from booked

),

grid as (

    {{ scope_periods('known') }}

),

joined as (

    select
        grid.*,
        {% for name in ['won', 'lost', 'lost_not_counted', 'vanished', 'no_amount_base', 'won_no_amount_base', 'no_margin', 'undated'] -%}
        coalesce(outcomes.{{ name }}_count, 0) as {{ name }}_count,
        {% endfor -%}
        {% for name in ['won_amount', 'lost_amount', 'won_amount_change', 'won_margin', 'margin_amount'] -%}
        coalesce(outcomes.{{ name }}_base, cast(0 as decimal(18,2))) as {{ name }}_base,
        {% endfor -%}
        coalesce(booked.booked_won_count, 0) as booked_won_count,
        coalesce(booked.reversed_won_count, 0) as reversed_won_count,
        coalesce(booked.booked_won_amount_base, cast(0 as decimal(18,2))) as booked_won_amount_base,
        coalesce(booked.reversed_won_amount_base, cast(0 as decimal(18,2))) as reversed_won_amount_base,
        coalesce(outcomes.won_count, 0) + coalesce(outcomes.lost_count, 0) as closed_count
    from grid
    left join outcomes on {{ same_scope_period('grid', 'outcomes') }}
    left join booked on {{ same_scope_period('grid', 'booked') }}

),

totalled as (

    select *, closed_count + vanished_count as outcome_count from joined

),

supported as (

    {{ supported_measures([
        'win_rate_with_vanished', 'won_amount', 'won_amount_change', 'lost_amount',
        'win_amount_rate', 'won_margin', 'reversed_wins', 'booked_wins'
    ]) }}

)

select
    {{ scope_period_key('totalled') }} as win_rate_id,
    {{ scope_period_columns('totalled') }},
    won_count,
    lost_count,
    lost_not_counted_count,
    case when supported.win_rate_with_vanished then vanished_count end as vanished_count,
    closed_count,
    {{ too_few('closed_count') }} as is_withheld,
    {{ rate_columns('win', 'won_count', 'closed_count') }},
    case when supported.win_rate_with_vanished then outcome_count end as outcome_count,
    {{ rate_columns('win_including_vanished', 'won_count', 'case when supported.win_rate_with_vanished then outcome_count end') }},
    case when supported.won_amount then won_amount_base end as won_amount_base,
    case when supported.won_amount_change then won_amount_change_base end as won_amount_change_base,
    case when supported.lost_amount then lost_amount_base end as lost_amount_base,
    case when supported.win_amount_rate and not {{ too_few('closed_count') }} then {{ rate('won_amount_base', 'won_amount_base + lost_amount_base') }} end as win_amount_rate,
    no_amount_base_count,
    won_no_amount_base_count,
    case when supported.won_margin then won_margin_base end as won_margin_base,
    case when supported.won_margin then margin_amount_base end as margin_amount_base,
    {{ rate('won_margin_base', 'margin_amount_base') }} as won_margin_ratio,
    no_margin_count,
    undated_count,
    case when supported.booked_wins then booked_won_count end as booked_won_count,
    case when supported.reversed_wins then reversed_won_count end as reversed_won_count,
    case when supported.booked_wins then booked_won_amount_base end as booked_won_amount_base,
    case when supported.reversed_wins then reversed_won_amount_base end as reversed_won_amount_base
from totalled
cross join supported
