with entry as (

{{ json_entries(ref('opportunity'), '_attributes', ['opportunity_id']) }}

)

select
    concat(opportunity_id, '#', name) as opportunity_attribute_id,
    opportunity_id,
    name as attribute_name,
    value as value_text,
    {{ text_to_decimal('value', 6) }} as value_number,
    {{ text_to_date('value') }} as value_date,
    {{ text_to_boolean('value') }} as value_boolean
from entry
where value is not null
