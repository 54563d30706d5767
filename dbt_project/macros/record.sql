{# From content in the ledger to typed records: the same few steps for every entity. No business rule belongs here. #}

{# 1:1 typed columns of a raw content view; the types are those declared in sources.yml #}
{% macro typed_content(relation) -%}
select
    {%- if execute %}
    {%- for column in source_columns(relation) %}
    {{ typed(column.name, column.data_type) }} as {{ column.name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {%- else %} *
    {%- endif %}
from {{ relation }}
{%- endmacro %}

{% macro source_columns(relation) %}
  {% for node in graph.sources.values() if node.schema == relation.schema and node.name == relation.identifier %}
    {{ return(node.columns.values() | list) }}
  {% endfor %}
{% endmacro %}

{# columns of an entity beyond keys and commit, in declared order #}
{% macro entity_columns(relation) %}
  {{ return(source_columns(relation) | map(attribute='name') | reject('in', ['source_system', '_record_key', '_record_hash', '_commit_id']) | list) }}
{% endmacro %}

{# an entity's columns but those named #}
{% macro columns_but(entity, names) %}{% if execute %}{{ return(entity_columns(source('raw_file', entity)) | reject('in', names) | list) }}{% endif %}{% endmacro %}

{# the name under which a delivery lists a column: the three parts of a reference go by the reference's own #}
{% macro said_as(name, columns) %}
  {% for part in ['_source', '_by'] if name.endswith(part) %}
    {% set base = name[:-(part | length)] %}
    {% if base in columns and base ~ '_source' in columns and base ~ '_by' in columns %}{{ return(base) }}{% endif %}
  {% endfor %}
  {{ return(name) }}
{% endmacro %}

{# every live version of an entity's records, typed, whatever its kind. A column that a delivery does not carry keeps its last value:
   only records with such a delivery pass through the windows. #}
{% macro record_versions(entity) -%}
{%- set content = ref('stg_file__' ~ entity) -%}
{%- if execute -%}
{%- set columns = entity_columns(source('raw_file', entity)) -%}
{%- set lineage = [
    'source_system', '_record_key', 'version_number', 'started_by_code', 'valid_from_at', 'valid_from_date', 'valid_to_at', 'valid_to_date',
    'ended_by_code', 'is_end_uncertain', 'is_current', 'previous_delivered_at', 'previous_delivered_date', '_record_hash', '_delivery_id', '_delivered_at',
    '_loaded_at', '_source_file', '_sheet', '_row_number'] -%}
with whole as (

    select {% for name in lineage %}version.{{ name }}{{ ' as _' ~ name if name.startswith('valid_') }}, {% endfor %}{% for name in columns %}content.{{ name }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ ref('ledger_record_version') }} as version
    inner join {{ content }} as content
        on version.source_system = content.source_system
        and version._record_key = content._record_key
        and version._record_hash = content._record_hash
    where version.entity = '{{ entity }}'
        and not version.has_undelivered_columns

),

partial as (

    select
        {% for name in lineage %}version.{{ name }}{{ ' as _' ~ name if name.startswith('valid_') }}, {% endfor %}
        {% for name in columns %}
        {%- set said = said_as(name, columns) %}
        {%- set flag = "version.has_own_row" if name.startswith('_') else "version.has_own_row and position('," ~ said ~ ",' in concat(',', coalesce(delivery.delivered_columns, ''), ',')) > 0" %}
        case when {{ flag }} then {{ boxed('content.' ~ name) }} end as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('ledger_record_version') }} as version
    inner join {{ content }} as content
        on version.source_system = content.source_system
        and version._record_key = content._record_key
        and version._record_hash = content._record_hash
    inner join {{ ref('stg_ledger__delivery') }} as delivery
        on version._delivery_id = delivery.delivery_id
        and delivery.entity = '{{ entity }}'
    where version.entity = '{{ entity }}'
        and version.has_undelivered_columns

),

carried as (

    select
        {{ lineage | join(', ') | replace('valid_', '_valid_') }},
        {% for name in columns %}
        {{ unboxed(last_known(name, 'partition by source_system, _record_key order by version_number rows between unbounded preceding and current row')) }} as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from partial

)

select * from whole
union all
select * from carried
{%- else -%}
select * from {{ content }} cross join {{ ref('ledger_record_version') }} cross join {{ ref('stg_ledger__delivery') }}
-- depends on {{ source('raw_file', entity) }}
{%- endif -%}
{%- endmacro %}

{# the records of an entity in the playbook in force, as versions of their own; a playbook is used whole #}
{% macro playbook_records(entity) -%}
{%- set content = ref('stg_playbook__' ~ entity) -%}
{%- set columns = entity_columns(source('raw_playbook', entity)) if execute else [] -%}
select
    member.source_system,
    member._record_key,
    cast(1 as bigint) as version_number,
    'new' as started_by_code,
    member.delivered_at as _valid_from_at,
    member.delivered_date as _valid_from_date,
    cast(null as timestamp) as _valid_to_at,
    cast(null as date) as _valid_to_date,
    'open' as ended_by_code,
    false as is_end_uncertain,
    true as is_current,
    cast(null as timestamp) as previous_delivered_at,
    cast(null as date) as previous_delivered_date,
    member._record_hash,
    member.delivery_id as _delivery_id,
    member.delivered_at as _delivered_at,
    member._loaded_at,
    member.original_name as _source_file,
    member._sheet,
    member._row_number
    {%- for name in columns %},
    content.{{ name }}
    {%- endfor %}
from {{ ref('ledger_playbook_member') }} as member
inner join {{ content }} as content
    on member.source_system = content.source_system
    and member._record_key = content._record_key
    and member._record_hash = content._record_hash
where member.entity = '{{ entity }}'
{%- endmacro %}

{# the current version of each record beside its presence #}
{% macro current_records(entity) -%}
    select
        record.*,
        concat(record.source_system, ':', record._record_key) as record_id,
        coalesce(presence.is_vanished, false) as is_vanished,
        presence.vanished_at,
        presence.vanished_date,
        coalesce(presence.is_vanishing_uncertain, false) as is_vanishing_uncertain,
        coalesce(presence.has_refused_row, false) as has_refused_row,
        coalesce(presence.first_delivered_at, record._delivered_at) as first_delivered_at,
        coalesce(presence.first_delivered_date, record._valid_from_date) as first_delivered_date,
        coalesce(presence.last_delivered_at, record._delivered_at) as last_delivered_at,
        coalesce(presence.last_delivered_date, record._valid_from_date) as last_delivered_date,
        coalesce(presence.version_count, record.version_number) as version_count
    from {{ ref('stg_record__' ~ entity) }} as record
    left join {{ ref('ledger_record') }} as presence
        on record.source_system = presence.source_system
        and record._record_key = presence._record_key
        and presence.entity = '{{ entity }}'
    where record.is_current
{%- endmacro %}

{# the columns that end every canonical row of a source #}
{% macro presence_columns(alias='record') -%}
    {%- for name in ['is_vanished', 'vanished_at', 'vanished_date', 'is_vanishing_uncertain', 'has_refused_row', 'first_delivered_at',
                     'first_delivered_date', 'last_delivered_at', 'last_delivered_date', 'version_count'] %}
    {{ alias }}.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro lineage_columns(alias='record') %}
    {{ alias }}.source_system,
    {{ alias }}._record_key as source_record_id,
    {{ personal(alias ~ '._extra') }} as _extra,
    {%- for name in ['_delivery_id', '_delivered_at', '_loaded_at', '_record_key', '_record_hash', '_source_file', '_sheet', '_row_number'] %}
    {{ alias }}.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
