{# What could not be resolved, as rows: one shape for references, codes and stages. #}

{# where the current version of each record of an entity stands; of deals, the version that tells: not of a record that another one continues #}
{% macro current_of(entity) %}{{ return('stg_opportunity__version' if entity == 'opportunity' else 'stg_record__' ~ entity) }}{% endmacro %}

{# rows of unresolved references of one field of one entity; people are listed once per person, not here #}
{% macro unresolved_reference(entity, field, target) -%}
    select
        '{{ entity }}' as entity,
        record.source_system,
        record._record_key,
        '{{ field }}' as field_name,
        record.{{ field }} as reference_text,
        {{ field }}_match.reference_source,
        {{ field }}_match.match_code as reason_code,
        {{ field }}_match.candidate_count
    from {{ ref(current_of(entity)) }} as record
    {{ reference_join(field, target) }}
    where record.is_current
        and {{ field }}_match.match_code <> 'matched'
{%- endmacro %}

{# rows of words that no code stands for, of a field whose codes are closed #}
{% macro unmapped_code(entity, field) -%}
    select
        '{{ entity }}' as entity,
        record.source_system,
        record._record_key,
        '{{ field }}' as field_name,
        record.{{ field }} as reference_text,
        cast(null as string) as reference_source,
        'unmapped' as reason_code,
        cast(0 as bigint) as candidate_count
    from {{ ref(current_of(entity)) }} as record
    {{ code_join(field) }}
    where record.is_current
        and record.{{ field }} is not null
        and {{ code_value(field) }} is null
{%- endmacro %}

{# words of an open field that the playbook's list for that field lacks; a field without a list is free text #}
{% macro unlisted_code(entity, field) -%}
    select
        '{{ entity }}' as entity,
        record.source_system,
        record._record_key,
        '{{ field }}' as field_name,
        record.{{ field }} as reference_text,
        cast(null as string) as reference_source,
        'unmapped' as reason_code,
        cast(0 as bigint) as candidate_count
    from {{ ref(current_of(entity)) }} as record
    {{ code_join(field) }}
    where record.is_current
        and record.{{ field }} is not null
        and {{ field }}_own.code is null
        and {{ field }}_any.code is null
        and record.{{ field }} not in (select code from {{ ref('stg_reference__code') }} where field = '{{ field }}')
        and exists (select 1 from {{ ref('stg_reference__code') }} where field = '{{ field }}')
{%- endmacro %}
