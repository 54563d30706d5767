{# How much the open deals bring in a day, if they go as those of the trailing year went. #}
with deals as (

    select
        opportunities.amount_base,
        opportunities.owner_id,
        membership.team_id
    from {{ ref('fct_opportunity') }} as opportunities
    {{ team_on_day('opportunities.owner_id', as_of_date()) }}
    where opportunities.is_open

),

by_scope as (

    {{ scoped('deals') }}

),

standing as (

    select
        scope_code,
        scope_id,
        cast(count(*) as bigint) as open_count,
        {{ sum_money('amount_base') }} as open_amount_base
    from by_scope
    group by scope_code, scope_id

),

closed as (

    select * from {{ ref('win_rate') }} where period_kind_code = 'trailing_365_days'

),

cycles as (

    select * from {{ ref('cycle') }} where period_kind_code = 'trailing_365_days'

),

scopes as (

    select scope_code, scope_id from standing
    union
    select scope_code, scope_id from closed

),

joined as (

    select
        scopes.scope_code,
        scopes.scope_id,
        coalesce(standing.open_count, 0) as open_count,
        coalesce(standing.open_amount_base, cast(0 as decimal(18,2))) as open_amount_base,
        coalesce(closed.closed_count, 0) as closed_count,
        closed.win_rate,
        coalesce(closed.won_count - closed.won_no_amount_base_count, 0) as won_amount_count,
        cast(closed.won_amount_base as double) / nullif(closed.won_count - closed.won_no_amount_base_count, 0) as average_won_amount,
        coalesce(cycles.won_count, 0) as cycle_count,
        cycles.won_median_days
    from scopes
    left join standing on scopes.scope_code = standing.scope_code and scopes.scope_id is not distinct from standing.scope_id
    left join closed on scopes.scope_code = closed.scope_code and scopes.scope_id is not distinct from closed.scope_id
    left join cycles on scopes.scope_code = cycles.scope_code and scopes.scope_id is not distinct from cycles.scope_id

),

supported as (

    {{ supported_measures(['velocity_open_amount']) }}

)

select
    concat(scope_code, ':', coalesce(scope_id, '-')) as velocity_id,
    {{ as_of_date() }} as as_of_date,
    scope_code,
    scope_id,
    open_count,
    case when supported.velocity_open_amount then open_amount_base end as open_amount_base,
    closed_count,
    win_rate,
    won_amount_count,
    cast(average_won_amount as decimal(18,2)) as average_won_amount_base,
    cycle_count,
    won_median_days,
    {{ too_few('closed_count') }} as is_withheld,
    cast(open_count * cast(win_rate as double) * average_won_amount / nullif(cast(won_median_days as double), 0) as decimal(18,2)) as velocity_amount_base
from joined
cross join supported
