{# Words of current records that no code, stage or loss reason stands for, and stage changes without a day. One row per record and field. #}
{% for entity, field in [('activity', 'activity_type'), ('activity', 'direction'), ('activity', 'time_class'),
                         ('opportunity', 'opportunity_type'), ('opportunity', 'forecast_category'), ('customer', 'preference')] %}
{{ unmapped_code(entity, field) }}
union all
{% endfor %}
{% for entity, field in [('customer', 'industry'), ('customer', 'size'), ('customer', 'segment'), ('customer', 'region'),
                         ('opportunity', 'lead_source')] %}
{{ unlisted_code(entity, field) }}
union all
{% endfor %}
select
    'opportunity' as entity,
    source_system,
    _record_key,
    'stage' as field_name,
    source_stage_name as reference_text,
    cast(null as string) as reference_source,
    'unmapped' as reason_code,
    cast(0 as bigint) as candidate_count
from {{ ref('stg_opportunity__stage') }}
where is_current
    and source_stage_name is not null
    and stage_code is null
union all
select 'opportunity', record.source_system, record._record_key, 'loss_reason', record.loss_reason, cast(null as string), 'unmapped', cast(0 as bigint)
from {{ ref('stg_opportunity__version') }} as record
left join {{ ref('stg_reference__loss_reason') }} as loss_reason on record.loss_reason = loss_reason.reference_text
where record.is_current
    and record.loss_reason is not null
    and loss_reason.reference_text is null
union all
select 'stage_change', source_system, source_record_id, 'to_stage', to_source_stage_name, cast(null as string), 'unmapped', cast(0 as bigint)
from {{ ref('stg_change__delivered') }}
where to_source_stage_name is not null
    and to_stage_code is null
union all
select 'stage_change', source_system, _record_key, 'changed_date', to_stage, cast(null as string), 'undated', cast(0 as bigint)
from {{ ref('stg_record__stage_change') }}
where is_current
    and changed_at is null
    and changed_date is null
