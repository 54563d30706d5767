{# Records that nobody delivered but somebody names. Belongs here: their columns. Does not: who is named (reference.sql). #}

{# one row per name of the entity that no record has: its columns, presence and lineage, NULL but for what is given (column -> expression). `columns` are
   those of the entity, in order, with their types; a text where none is said #}
{% macro stub_records(entity, columns, given) -%}
    {%- set told = {'is_stub': 'true', 'is_vanished': 'false', 'is_vanishing_uncertain': 'false', 'has_refused_row': 'false', 'source_system': 'min(reference_source)'} -%}
    {%- do told.update(given) -%}
    {%- set types = {
        'vanished_at': 'timestamp', 'vanished_date': 'date', 'first_delivered_at': 'timestamp', 'first_delivered_date': 'date', 'last_delivered_at': 'timestamp',
        'last_delivered_date': 'date', 'version_count': 'bigint', '_delivered_at': 'timestamp', '_loaded_at': 'timestamp', '_row_number': 'bigint'
    } -%}
    {%- set presence = ['is_vanished', 'vanished_at', 'vanished_date', 'is_vanishing_uncertain', 'has_refused_row', 'first_delivered_at', 'first_delivered_date',
        'last_delivered_at', 'last_delivered_date', 'version_count'] -%}
    {%- set lineage = ['source_system', 'source_record_id', '_extra', '_delivery_id', '_delivered_at', '_loaded_at', '_record_key', '_record_hash', '_source_file', '_sheet',
        '_row_number'] -%}
    select
        record_id as {{ entity }}_id,
        {%- for name, type in columns.items() %}
        {{ told[name] if name in told else 'cast(null as ' ~ (type or 'string') ~ ')' }} as {{ name }},
        {%- endfor %}
        {%- for name in presence + lineage %}
        {{ told[name] if name in told else 'cast(null as ' ~ types.get(name, 'string') ~ ')' }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_reference__' ~ entity) }}
    where match_code = 'stub'
    group by record_id
{%- endmacro %}
