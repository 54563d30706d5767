{# Rows of the playbook that nothing reads: a rule, a kind of activity or a text that nobody knows, a value that is no number #}
{{ config(materialized=step()) }}
{%- set kinds = "'" ~ closed_codes('activity_type') | join("', '") ~ "'" -%}
with unread as (

    select
        'text_rule' as entity, text_rule_id as record_id, concat(activity_type_code, ' / ', text_field) as detail,
        source_system, _delivered_at, _delivery_id, _source_file, _sheet, _row_number
    from {{ ref('text_rule') }}
    where activity_type_code not in ('*', {{ kinds }})
        or text_field not in ('*'{% for text in asked_texts() %}, '{{ text }}_text'{% endfor %})
    union all
    select
        'process_rule' as entity, process_rule_id as record_id, concat(rule_code, ' = ', coalesce(rule_value, '')) as detail,
        source_system, _delivered_at, _delivery_id, _source_file, _sheet, _row_number
    from {{ ref('process_rule') }}
    where not coalesce(
        case
            {%- for code, kind in process_rules().items() %}
            when rule_code = '{{ code }}' then {{ readable_rule(kind) }}
            {%- endfor %}
        end, false
    )
    union all
    select
        'stage_task' as entity, stage_task_id as record_id, concat(coalesce(activity_type_code, ''), ' / ', coalesce(required_texts, '')) as detail,
        source_system, _delivered_at, _delivery_id, _source_file, _sheet, _row_number
    from {{ ref('stage_task') }}
    where not coalesce(activity_type_code in ({{ kinds }}), false) or {{ texts_left_over('required_texts') }} <> ''

)

select
    'FNL-735' as rule_code,
    entity,
    record_id,
    'now' as span_key,
    cast(null as string) as opportunity_id,
    cast(null as string) as owner_id,
    {{ business_date('_delivered_at') }} as first_seen_date,
    cast(null as date) as last_seen_date,
    detail,
    source_system,
    _delivery_id,
    _source_file,
    _sheet,
    _row_number
from unread
