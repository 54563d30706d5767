select
    concat(stage.opportunity_id, '#', cast(record.version_number as string)) as opportunity_version_id,
    stage.opportunity_id,
    record.version_number,
    record._valid_from_at as valid_from_at,
    record._valid_from_date as valid_from_date,
    record._valid_to_at as valid_to_at,
    record._valid_to_date as valid_to_date,
    record.started_by_code,
    record.ended_by_code,
    record.is_end_uncertain,
    record.is_current,
    record.previous_delivered_at,
    record.previous_delivered_date,
    record.opportunity_name,
    customer_match.record_id as customer_id,
    primary_contact_match.record_id as primary_contact_id,
    owner_match.record_id as owner_id,
    {{ code_value('opportunity_type') }} as opportunity_type_code,
    {{ code_value('buying_process') }} as buying_process_code,
    {{ code_value('pipeline') }} as pipeline_code,
    stage.stage_set_code,
    stage.stage_set_rule_code,
    stage.source_stage_name,
    stage.stage_code,
    stage.stage_number,
    stage.own_stage_set_code,
    stage.own_stage_code,
    stage.own_is_won,
    stage.own_is_lost,
    stage.own_is_closed,
    record.amount,
    record.amount_gross as gross_amount,
    coalesce(record.currency_code, '{{ var("base_currency") }}') as currency_code,
    record.currency_code is null as is_currency_assumed,
    record.margin_amount,
    record.source_probability_rate,
    {{ code_value('forecast_category') }} as forecast_category_code,
    {{ code_value('rep_call') }} as rep_call_code,
    {{ code_value('intent') }} as intent_code,
    stage.created_at,
    stage.created_date,
    record.expected_close_date,
    case when stage.is_closed then stage.closed_at end as closed_at,
    case when stage.is_closed then stage.closed_date end as closed_date,
    stage.is_closed,
    stage.is_won,
    stage.is_lost,
    case when stage.is_lost then loss_reason.loss_reason_code end as loss_reason_code,
    case when not stage.is_future_close then coalesce(record.loss_reason_text, record.loss_reason) end as loss_reason_text,
    {{ code_value('lead_source') }} as lead_source_code,
    record.next_step_text,
    record.next_step_date,
    record.reactivate_date,
    record.stall_reason_text,
    merged_into_match.record_id as merged_into_opportunity_id,
    continues_match.record_id as continues_opportunity_id,
    coalesce(record.is_deleted, false) as is_deleted,
    record.modified_at,
    modified_by_match.record_id as modified_by_owner_id,
    record._attributes,
    record._record_version_number,
    {{ lineage_columns() }}
from {{ ref('stg_opportunity__version') }} as record
inner join {{ ref('stg_opportunity__stage') }} as stage
    on record.opportunity_id = stage.opportunity_id
    and record.version_number = stage.version_number
left join {{ ref('stg_reference__loss_reason') }} as loss_reason
    on record.loss_reason = loss_reason.reference_text
{{ reference_join('customer', 'customer') }}
{{ reference_join('primary_contact', 'contact') }}
{{ reference_join('owner', 'owner') }}
{{ reference_join('modified_by', 'owner') }}
{{ reference_join('merged_into', 'opportunity') }}
{{ reference_join('continues', 'opportunity') }}
{% for field in ['opportunity_type', 'buying_process', 'pipeline', 'forecast_category', 'rep_call', 'intent', 'lead_source'] %}
{{ code_join(field) }}
{% endfor %}
