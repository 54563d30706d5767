{# What an activity that was done counts for: the deal, the visits it may lie in, and, where it was written down only after the visit, the visit
   from whose end on it counts. #}
with places as (

    select * from {{ ref('activity_place') }}

),

visits as (

    select *, coalesce(previous_exit_from_at, cast('0001-01-01 00:00:00' as timestamp)) as last_may_end_at
    from {{ ref('stage_visit_bound') }}

),

late as (

    select activity_id, opportunity_id, recorded_at
    from places
    where is_certain and recorded_at > exit_from_at

),

crowded as (

    select * from visits where visit_count > {{ many_visits() }}

),

late_in_crowd as (

    select * from late where opportunity_id in (select opportunity_id from crowded)

),

recorded as (

    select late.activity_id, visits.visit_sequence
    from late
    inner join visits
        on late.opportunity_id = visits.opportunity_id
        and visits.last_may_end_at < late.recorded_at and late.recorded_at <= visits.exit_from_at
    where visits.visit_count <= {{ many_visits() }}
    union all
    select walked.activity_id, crowded.visit_sequence
    from (
        {{ last_visit_before('late_in_crowd', 'recorded_at', 'crowded', 'exit_from_at', false) }}
    ) as walked
    inner join late_in_crowd on walked.activity_id = late_in_crowd.activity_id
    inner join crowded
        on late_in_crowd.opportunity_id = crowded.opportunity_id and coalesce(walked.visit_sequence, 0) + 1 = crowded.visit_sequence

)

select
    places.activity_id,
    {{ as_of_date() }} as as_of_date,
    places.deal_link_code as link_code,
    places.deal_link_reason_code as link_reason_code,
    places.is_counted,
    places.opportunity_id,
    places.candidate_count,
    places.candidate_opportunity_ids,
    case
        when places.opportunity_id is null then null
        when places.is_certain then 'inside'
        when places.is_placed then 'possibly_inside'
        else 'outside'
    end as place_code,
    case when places.is_certain then places.stage_visit_id end as stage_visit_id,
    places.first_placed_sequence as first_visit_sequence,
    places.last_placed_sequence as last_visit_sequence,
    case
        when not places.is_certain then null
        when places.recorded_at is null then 'unknown'
        when places.recorded_at <= places.exit_from_at then 'in_time'
        when places.recorded_at > places.exit_by_at then 'late'
        else 'possibly_late'
    end as recorded_code,
    case
        when places.is_certain and coalesce(places.recorded_at <= places.exit_from_at, true) then places.first_placed_sequence
        else recorded.visit_sequence
    end as counts_from_visit_sequence,
    places.activity_type_code,
    places.activity_date,
    places.occurred_at,
    places.recorded_at,
    places.owner_id,
    places.team_id,
    places.customer_id,
    places.purpose_fault_code is null as has_purpose,
    places.content_fault_code is null as has_content,
    places.feedback_fault_code is null as has_feedback
from places
left join recorded on places.activity_id = recorded.activity_id
