with entry as (

{{ json_entries(ref('customer'), '_attributes', ['customer_id']) }}

)

select
    concat(customer_id, '#', name) as customer_attribute_id,
    customer_id,
    name as attribute_name,
    value as value_text,
    {{ text_to_decimal('value', 6) }} as value_number,
    {{ text_to_date('value') }} as value_date,
    {{ text_to_boolean('value') }} as value_boolean
from entry
where value is not null
