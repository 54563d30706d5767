{{ config(materialized=step()) }}
{# Wins as they were booked: one when a deal enters the win stage, taken back when it leaves it. Both belong to the owner of that win, so that
   what is left over all periods are the wins now standing, in every scope. Where the moves and the record itself disagree, the record's
   standing counts: a win without its move is booked on its close date, and one whose record is won no longer is taken back undated. #}
with deals as (

    select * from {{ ref('fct_opportunity') }} where is_counted

),

{# what the deal was worth while that win stood: of a win taken back the last amount it was known by #}
booked_amounts as (

    select
        stage_visit_id,
        amount_base,
        row_number() over (partition by stage_visit_id order by interval_number desc) as recency_number
    from {{ ref('opportunity_interval') }}
    where status_code = 'won' and stage_visit_id is not null

),

visits as (

    select
        visits.opportunity_id,
        visits.entered_date,
        visits.exited_date,
        visits.exited_date is null and deals.is_won as is_standing,
        case when visits.exited_date is null and deals.is_won then deals.amount_base else booked_amounts.amount_base end as amount_base,
        case when visits.exited_date is null and deals.is_won then deals.owner_at_close_id else owners.owner_at_entry_id end as owner_id
    from {{ ref('fct_stage_visit') }} as visits
    inner join deals on visits.opportunity_id = deals.opportunity_id
    left join {{ ref('stage_visit_attribution') }} as owners on visits.stage_visit_id = owners.stage_visit_id
    left join booked_amounts on visits.stage_visit_id = booked_amounts.stage_visit_id and booked_amounts.recency_number = 1
    where visits.is_won_stage

),

wins as (

    select entered_date, exited_date, is_standing, amount_base, owner_id from visits
    union all
    select
        deals.closed_date as entered_date,
        cast(null as date) as exited_date,
        true as is_standing,
        deals.amount_base,
        deals.owner_at_close_id as owner_id
    from deals
    left join (select distinct opportunity_id from visits where is_standing) as standing on deals.opportunity_id = standing.opportunity_id
    where deals.is_won and standing.opportunity_id is null

),

owned as (

    select
        wins.*,
        membership.team_id
    from wins
    {{ team_on_day('wins.owner_id', 'wins.entered_date') }}

),

events as (

    select owner_id, team_id, entered_date as event_date, amount_base, 1 as booked_number, 0 as reversed_number from owned
    union all
    select owner_id, team_id, exited_date as event_date, amount_base, 0 as booked_number, 1 as reversed_number from owned
    where not is_standing

),

counted as (

    select
        events.owner_id,
        events.team_id,
        coalesce(periods.period_kind_code, 'all') as period_kind_code,
        coalesce(periods.period_code, 'all') as period_code,
        min(events.event_date) as first_date,
        sum(events.booked_number) as booked_count,
        sum(events.reversed_number) as reversed_count,
        {{ sum_money('case when events.booked_number = 1 then events.amount_base end') }} as booked_amount_base,
        {{ sum_money('case when events.reversed_number = 1 then events.amount_base end') }} as reversed_amount_base
    from events
    left join {{ ref('dim_period_day') }} as periods on events.event_date = periods.date_day
    group by events.owner_id, events.team_id, coalesce(periods.period_kind_code, 'all'), coalesce(periods.period_code, 'all')

),

scopes as (

    {{ scoped('counted') }}

)

select
    scope_code,
    scope_id,
    period_kind_code,
    period_code,
    min(first_date) as first_date,
    cast(sum(booked_count) as bigint) as booked_won_count,
    cast(sum(reversed_count) as bigint) as reversed_won_count,
    cast(sum(booked_amount_base) as decimal(18,2)) as booked_won_amount_base,
    cast(sum(reversed_amount_base) as decimal(18,2)) as reversed_won_amount_base
from scopes
group by scope_code, scope_id, period_kind_code, period_code
