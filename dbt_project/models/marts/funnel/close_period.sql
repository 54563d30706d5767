{{ config(materialized='view') }}
{# Every outcome in every period it belongs to, for the company, the owner on that day and the teams above: numerator and denominator of a
   rate come from the same rows. Removed while open counts on the day it was found missing. A view: it is six periods times four scopes of
   every closed deal, and only some of them are ever looked at. #}
with outcomes as (

    select
        deals.opportunity_id,
        deals.status_code,
        deals.counts_as_loss,
        deals.amount_base,
        deals.margin_base,
        evening.amount_base as amount_at_close_base,
        deals.cycle_days,
        case when deals.status_code in ('won', 'lost') then deals.closed_date else deals.gone_date end as outcome_date,
        case when deals.status_code in ('won', 'lost') then deals.owner_at_close_id else deals.owner_id end as owner_id
    from {{ ref('fct_opportunity') }} as deals
    left join {{ ref('opportunity_interval') }} as evening
        on deals.opportunity_id = evening.opportunity_id
        and deals.closed_date >= evening.valid_from_date and deals.closed_date < evening.valid_until_date
        and deals.status_code = evening.status_code
    where deals.status_code in ('won', 'lost', 'vanished', 'deleted')

),

placed as (

    select
        outcomes.*,
        membership.team_id,
        coalesce(periods.period_kind_code, 'all') as period_kind_code,
        coalesce(periods.period_code, 'all') as period_code
    from outcomes
    left join {{ ref('dim_period_day') }} as periods on outcomes.outcome_date = periods.date_day
    {{ team_on_day('outcomes.owner_id', 'outcomes.outcome_date') }}

),

scopes as (

    {{ scoped('placed') }}

)

select
    concat({{ scope_period_key('scopes') }}, ':', scopes.opportunity_id) as close_period_id,
    {{ as_of_date() }} as as_of_date,
    scopes.scope_code,
    scopes.scope_id,
    scopes.period_kind_code,
    scopes.period_code,
    scopes.opportunity_id,
    scopes.status_code,
    scopes.counts_as_loss,
    scopes.amount_base,
    scopes.margin_base,
    scopes.amount_at_close_base,
    scopes.cycle_days,
    scopes.outcome_date
from scopes
