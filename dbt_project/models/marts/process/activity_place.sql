{# Into which visits of its deal an activity may fall: from the first that had not certainly ended when it happened to the last that may have
   begun. Each of the two is found by one half-open range within the deal. Deals with very many visits are walked in order instead: a join would
   hold every activity against every visit (5,000 visits and 100,000 activities: 1.9 s against 0.1). One row per activity done. #}
{{ config(materialized=step()) }}
with activities as (

    select * from {{ ref('activity_deal') }}

),

days as (

    select
        activity_date as date_day,
        {{ start_of_business_date('activity_date') }} as day_from_at,
        {{ end_of_business_date('activity_date') }} as day_until_at
    from (select distinct activity_date from activities where activity_date is not null) as dates

),

timed as (

    select
        activities.*,
        coalesce(activities.occurred_at, days.day_from_at) as happened_from_at,
        coalesce(activities.occurred_at + interval 1 microsecond, days.day_until_at) as happened_until_at
    from activities
    left join days on activities.activity_date = days.date_day

),

visits as (

    select
        *,
        coalesce(entry_from_at, cast('0001-01-01 00:00:00' as timestamp)) as may_begin_at,
        coalesce(next_entry_from_at, cast('9999-12-31 00:00:00' as timestamp)) as next_may_begin_at,
        coalesce(previous_exit_by_at, cast('0001-01-01 00:00:00' as timestamp)) as last_ended_by_at
    from {{ ref('stage_visit_bound') }}

),

crowded as (

    select * from visits where visit_count > {{ many_visits() }}

),

{# those of crowded deals are not even looked up: the join would meet them before the condition below #}
calm as (

    select * from visits where visit_count <= {{ many_visits() }}

),

in_crowd as (

    select * from timed where opportunity_id in (select opportunity_id from crowded)

),

first_in_crowd as (

    {{ last_visit_before('in_crowd', 'happened_from_at', 'crowded', 'last_ended_by_at', true) }}

),

last_in_crowd as (

    {{ last_visit_before('in_crowd', 'happened_until_at', 'crowded', 'may_begin_at', false) }}

),

placed as (

    select
        timed.*,
        first_visit.stage_visit_id,
        first_visit.entry_by_at,
        first_visit.exit_from_at,
        first_visit.exit_by_at,
        first_visit.visit_sequence as first_visit_sequence,
        last_visit.visit_sequence as last_visit_sequence
    from timed
    left join calm as first_visit
        on timed.opportunity_id = first_visit.opportunity_id
        and first_visit.last_ended_by_at <= timed.happened_from_at and timed.happened_from_at < first_visit.exit_by_at
    left join calm as last_visit
        on timed.opportunity_id = last_visit.opportunity_id
        and last_visit.may_begin_at < timed.happened_until_at and timed.happened_until_at <= last_visit.next_may_begin_at
    where coalesce(timed.opportunity_id, '') not in (select opportunity_id from crowded)
    union all
    select
        in_crowd.*,
        first_visit.stage_visit_id,
        first_visit.entry_by_at,
        first_visit.exit_from_at,
        first_visit.exit_by_at,
        first_visit.visit_sequence as first_visit_sequence,
        last_in_crowd.visit_sequence as last_visit_sequence
    from in_crowd
    left join first_in_crowd on in_crowd.activity_id = first_in_crowd.activity_id
    left join last_in_crowd on in_crowd.activity_id = last_in_crowd.activity_id
    left join crowded as first_visit
        on in_crowd.opportunity_id = first_visit.opportunity_id and first_in_crowd.visit_sequence = first_visit.visit_sequence
        and in_crowd.happened_from_at < first_visit.exit_by_at

)

select
    *,
    coalesce(first_visit_sequence <= last_visit_sequence, false) as is_placed,
    case when first_visit_sequence <= last_visit_sequence then first_visit_sequence end as first_placed_sequence,
    case when first_visit_sequence <= last_visit_sequence then last_visit_sequence end as last_placed_sequence,
    coalesce(
        first_visit_sequence = last_visit_sequence and happened_from_at >= entry_by_at and happened_until_at <= exit_from_at, false
    ) as is_certain
from placed
