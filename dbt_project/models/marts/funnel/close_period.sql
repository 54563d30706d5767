{# Every outcome in every period it belongs to, for the company and for the owner on that day: numerator and denominator of a rate
   come from the same rows. Removed while open counts on the day it was found missing. #}
with outcomes as (

    select
        opportunity_id,
        status_code,
        counts_as_loss,
        amount_base,
        cycle_days,
        case when status_code in ('won', 'lost') then closed_date else gone_date end as outcome_date,
        case when status_code in ('won', 'lost') then owner_at_close_id else owner_id end as outcome_owner_id
    from {{ ref('fct_opportunity') }}
    where status_code in ('won', 'lost', 'vanished', 'deleted')

),

days as (

    select * from {{ ref('dim_date') }}

),

dated as (

    select
        outcomes.*,
        days.fiscal_year_code,
        days.fiscal_quarter_code,
        days.month_start_date
    from outcomes
    left join days on outcomes.outcome_date = days.date_day

),

in_period as (

    select dated.*, 'all' as period_kind_code, 'all' as period_code from dated
    union all
    select dated.*, 'trailing_365_days' as period_kind_code, 'trailing_365_days' as period_code from dated
    where outcome_date > {{ date_add_days(as_of_date(), -365) }} and outcome_date <= {{ as_of_date() }}
    union all
    select dated.*, 'fiscal_year' as period_kind_code, fiscal_year_code as period_code from dated
    where fiscal_year_code is not null
    union all
    select dated.*, 'fiscal_quarter' as period_kind_code, fiscal_quarter_code as period_code from dated
    where fiscal_quarter_code is not null
    union all
    select dated.*, 'month' as period_kind_code, substring(cast(month_start_date as string), 1, 7) as period_code from dated
    where month_start_date is not null

)

select
    concat('company:', '-', ':', period_kind_code, ':', period_code, ':', opportunity_id) as close_period_id,
    'company' as scope_code,
    cast(null as string) as owner_id,
    period_kind_code,
    period_code,
    opportunity_id,
    status_code,
    counts_as_loss,
    amount_base,
    cycle_days,
    outcome_date
from in_period
union all
select
    concat('owner:', coalesce(outcome_owner_id, '-'), ':', period_kind_code, ':', period_code, ':', opportunity_id) as close_period_id,
    'owner' as scope_code,
    outcome_owner_id as owner_id,
    period_kind_code,
    period_code,
    opportunity_id,
    status_code,
    counts_as_loss,
    amount_base,
    cycle_days,
    outcome_date
from in_period
