{# References, people and codes that nobody could resolve #}
{{ config(materialized='ephemeral') }}
with unresolved as (

    select
        *,
        case
            when field_name = 'stage' then null
            when field_name in ('owner', 'modified_by', 'changed_by', 'recorded_by') then 'FNL-706'
            when field_name = 'customer' and reason_code = 'ambiguous' then 'FNL-704'
            when field_name = 'customer' then 'FNL-703'
            when field_name = 'product' then 'FNL-729'
            when field_name = 'opportunity' and entity = 'activity' then 'FNL-725'
            when reason_code = 'unmapped' then 'FNL-733'
            else 'FNL-734'
        end as rule_code
    from {{ ref('resolution') }}

)

select
    rule_code,
    entity,
    record_id,
    field_name as span_key,
    opportunity_id,
    owner_id,
    {{ business_date('_delivered_at') }} as first_seen_date,
    cast(null as date) as last_seen_date,
    concat(field_name, ': ', coalesce(reference_text, '-')) as detail,
    source_system,
    _delivery_id,
    _source_file,
    _sheet,
    _row_number
from unresolved
where rule_code is not null
