with record as (

{{ current_records('activity') }}

)

select
    record.record_id as activity_id,
    coalesce({{ code_value('activity_type') }}, 'other') as activity_type_code,
    record.activity_type as source_activity_type,
    {{ code_value('direction') }} as direction_code,
    record.planned_at,
    coalesce(record.planned_date, {{ business_date('record.planned_at') }}) as planned_date,
    record.occurred_at,
    coalesce(record.occurred_date, {{ business_date('record.occurred_at') }}) as occurred_date,
    record.recorded_at,
    {{ business_date('record.recorded_at') }} as recorded_date,
    record.is_done,
    owner_match.record_id as owner_id,
    recorded_by_match.record_id as recorded_by_owner_id,
    customer_match.record_id as customer_id,
    contact_match.record_id as contact_id,
    opportunity_match.record_id as opportunity_id,
    record.place_text,
    record.planned_place_text,
    record.purpose_text,
    record.content_text,
    record.feedback_text,
    {{ code_value('outcome') }} as outcome_code,
    record.solved_text,
    record.open_problem_text,
    record.help_needed_text,
    record.duration_minutes,
    {{ code_value('time_class') }} as time_class_code,
    {{ presence_columns() }},
    {{ lineage_columns() }}
from record
{{ reference_join('owner', 'owner') }}
{{ reference_join('recorded_by', 'owner') }}
{{ reference_join('customer', 'customer') }}
{{ reference_join('contact', 'contact') }}
{{ reference_join('opportunity', 'opportunity') }}
{{ code_join('activity_type') }}
{{ code_join('direction') }}
{{ code_join('outcome') }}
{{ code_join('time_class') }}
