{# Every deal by the period of its creation, whatever became of it, with the amount first told of it. A deal merged into another counts
   there, and is shown beside. Whose: the owner first told, in the team of that day. #}
with first_told as (

    select
        opportunity_id,
        owner_id,
        amount_base,
        row_number() over (partition by opportunity_id order by interval_number) as told_number
    from {{ ref('opportunity_interval') }}
    where not is_reconstructed

),

created as (

    select
        deals.opportunity_id,
        deals.status_code,
        deals.created_date,
        first_told.owner_id,
        first_told.amount_base,
        membership.team_id
    from {{ ref('fct_opportunity') }} as deals
    inner join first_told on deals.opportunity_id = first_told.opportunity_id and first_told.told_number = 1
    {{ team_on_day('first_told.owner_id', 'deals.created_date') }}
    where deals.created_date <= {{ as_of_date() }}

),

in_scope as (

    {{ scoped('created') }}

),

known as (

    select scope_code, scope_id, created_date as first_date from in_scope

),

grid as (

    {{ scope_periods('known') }}

),

counted as (

    select
        in_scope.scope_code,
        in_scope.scope_id,
        days.period_kind_code,
        days.period_code,
        {{ count_where("status_code <> 'merged'") }} as created_count,
        {{ sum_money("case when status_code <> 'merged' then amount_base end") }} as created_amount_base,
        {{ count_where("status_code <> 'merged' and amount_base is null") }} as no_amount_base_count,
        {{ count_where("status_code = 'open'") }} as open_count,
        {{ count_where("status_code = 'won'") }} as won_count,
        {{ count_where("status_code = 'lost'") }} as lost_count,
        {{ count_where("status_code in ('vanished', 'deleted', 'closed_unknown')") }} as gone_count,
        {{ count_where("status_code = 'merged'") }} as merged_count
    from in_scope
    inner join {{ ref('dim_period_day') }} as days on in_scope.created_date = days.date_day
    group by in_scope.scope_code, in_scope.scope_id, days.period_kind_code, days.period_code

),

supported as (

    {{ supported_measures(['created_deals', 'created_amount']) }}

)

select
    {{ scope_period_key('grid') }} as created_in_period_id,
    {{ scope_period_columns('grid') }},
    coalesce(counted.created_count, 0) as created_count,
    case when supported.created_amount then coalesce(counted.created_amount_base, cast(0 as decimal(18,2))) end as created_amount_base,
    coalesce(counted.no_amount_base_count, 0) as no_amount_base_count,
    coalesce(counted.open_count, 0) as open_count,
    coalesce(counted.won_count, 0) as won_count,
    coalesce(counted.lost_count, 0) as lost_count,
    coalesce(counted.gone_count, 0) as gone_count,
    coalesce(counted.merged_count, 0) as merged_count
from grid
inner join supported on supported.created_deals
left join counted on {{ same_scope_period('grid', 'counted') }}
