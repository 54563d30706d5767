{{ config(materialized=step()) }}
{# What stage conversion counts: deals that entered a stage, visits that left one, deals now lost whose last stage it was. #}
with stages as (

    select
        stage_set_code,
        stage_code,
        stage_number
    from {{ ref('dim_stage') }}
    where is_current and not is_won and not is_lost

),

{# an entry of which nobody knows the day belongs to no period but all time #}
entered as (

    select
        'entered' as event_code,
        stage_set_code,
        stage_code,
        stage_number,
        case when not is_entry_censored then entered_date end as event_date,
        owner_id,
        team_id,
        outcome_code,
        counts_as_loss,
        case when not is_entry_censored then {{ days_between('entered_date', as_of_date()) }} end as followed_days,
        {{ days_between('entered_date', 'advanced_date') }} as advanced_days
    from {{ ref('stage_entry') }}

),

left_by_visit as (

    select
        visits.*,
        owners.owner_at_exit_id as owner_id
    from {{ ref('fct_stage_visit') }} as visits
    inner join {{ ref('fct_opportunity') }} as deals on visits.opportunity_id = deals.opportunity_id
    left join {{ ref('stage_visit_attribution') }} as owners on visits.stage_visit_id = owners.stage_visit_id
    where visits.exited_date is not null and not visits.is_won_stage and deals.is_counted

),

lost_deals as (

    select
        *,
        owner_at_close_id as loser_id
    from {{ ref('fct_opportunity') }}
    where is_lost and last_stage_code is not null

)

select * from entered
union all
select
    'exited' as event_code,
    left_by_visit.stage_set_code,
    left_by_visit.stage_code,
    left_by_visit.stage_number,
    left_by_visit.exited_date as event_date,
    left_by_visit.owner_id,
    membership.team_id,
    left_by_visit.ended_by_code as outcome_code,
    cast(null as boolean) as counts_as_loss,
    cast(null as int) as followed_days,
    cast(null as int) as advanced_days
from left_by_visit
{{ team_on_day('left_by_visit.owner_id', 'left_by_visit.exited_date') }}
union all
select
    'lost' as event_code,
    lost_deals.stage_set_code,
    lost_deals.last_stage_code as stage_code,
    stages.stage_number,
    lost_deals.closed_date as event_date,
    lost_deals.loser_id as owner_id,
    membership.team_id,
    'lost' as outcome_code,
    lost_deals.counts_as_loss,
    cast(null as int) as followed_days,
    cast(null as int) as advanced_days
from lost_deals
inner join stages on lost_deals.stage_set_code = stages.stage_set_code and lost_deals.last_stage_code = stages.stage_code
{{ team_on_day('lost_deals.loser_id', 'lost_deals.closed_date') }}
