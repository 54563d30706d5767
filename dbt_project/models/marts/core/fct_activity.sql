with dated as (

    select * from {{ ref('activity_text') }}

),

memberships as (

    select * from {{ ref('dim_team_membership') }}

)

select
    dated.activity_id,
    dated.activity_type_code,
    dated.direction_code,
    dated.activity_date,
    dated.planned_at,
    dated.planned_date,
    dated.occurred_at,
    dated.occurred_date,
    dated.recorded_at,
    dated.recorded_date,
    coalesce(dated.is_done, dated.occurred_date <= {{ as_of_date() }}, false) as is_done,
    dated.owner_id,
    memberships.team_id,
    dated.customer_id,
    dated.opportunity_id,
    case when dated.opportunity_id is not null then 'direct' end as link_code,
    dated.purpose_text is not null as has_purpose,
    dated.content_text is not null as has_content,
    dated.feedback_text is not null as has_feedback,
    dated.purpose_fault_code,
    dated.content_fault_code,
    dated.feedback_fault_code,
    dated.outcome_code,
    dated.duration_minutes,
    dated.time_class_code,
    dated.is_vanished,
    dated.source_system,
    dated._delivery_id,
    dated._source_file,
    dated._sheet,
    dated._row_number
from dated
left join memberships
    on dated.owner_id = memberships.owner_id
    and dated.activity_date >= memberships.valid_from_date and dated.activity_date <= memberships.valid_to_date
