{# Canonical text of the ledger -> types, every cast guarded: what does not match is NULL, on both engines alike. #}

{% macro text_to_date(text) -%}
    case when {{ regex_matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') }} then try_cast({{ text }} as date) end
{%- endmacro %}

{% macro text_to_decimal(text, scale=2) -%}
    case when {{ regex_matches(text, '^-?[0-9]+([.][0-9]+)?$') }} then try_cast({{ text }} as decimal(18,{{ scale }})) end
{%- endmacro %}

{% macro text_to_integer(text) -%}
    case when {{ regex_matches(text, '^-?[0-9]{1,9}$') }} then try_cast({{ text }} as int) end
{%- endmacro %}

{% macro text_to_timestamp(text) -%}
    case when {{ regex_matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$') }} then {{ utc_timestamp(text) }} end
{%- endmacro %}

{% macro text_to_boolean(text) -%}
    case {{ text }} when 'true' then true when 'false' then false end
{%- endmacro %}

{# one column of the ledger by its declared type; the name says the scale of a decimal #}
{% macro typed(name, kind) -%}
    {%- if kind == 'date' %}{{ text_to_date(name) }}
    {%- elif kind == 'timestamp' %}{{ text_to_timestamp(name) }}
    {%- elif kind == 'boolean' %}{{ text_to_boolean(name) }}
    {%- elif kind == 'integer' %}{{ text_to_integer(name) }}
    {%- elif kind == 'rate' or name == 'rate' %}{{ text_to_decimal(name, 9) }}
    {%- elif kind == 'decimal' and name in ('quantity', 'duration_minutes', 'target_count') %}{{ text_to_decimal(name, 6) }}
    {%- elif kind == 'decimal' %}{{ text_to_decimal(name, 2) }}
    {%- else %}{{ name }}
    {%- endif %}
{%- endmacro %}
