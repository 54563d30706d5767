with record as (

{{ current_records('transaction_card_line') }}

)

select
    record.record_id as transaction_card_line_id,
    transaction_card_match.record_id as transaction_card_id,
    product_match.record_id as product_id,
    record.quantity,
    record.unit_price_amount,
    record.line_amount,
    {{ presence_columns() }},
    {{ lineage_columns() }}
from record
{{ reference_join('transaction_card', 'transaction_card') }}
{{ reference_join('product', 'product') }}
