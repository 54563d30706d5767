{# What a mapping publishes beside the canonical fields. Belongs here: their rows. Does not: their parsing (extract). #}

{# one row per record of an entity and attribute that its mapping publishes #}
{% macro attributes_of(entity) -%}
with entry as (

{{ json_entries(ref(entity), '_attributes', [entity ~ '_id']) }}

)

select
    concat({{ entity }}_id, '#', name) as {{ entity }}_attribute_id,
    {{ entity }}_id,
    name as attribute_name,
    value as value_text,
    {{ text_to_decimal('value', 6) }} as value_number,
    {{ text_to_date('value') }} as value_date,
    {{ text_to_boolean('value') }} as value_boolean
from entry
where value is not null
{%- endmacro %}
