with record as (

{{ current_records('opportunity_line') }}

)

select
    record.record_id as opportunity_line_id,
    opportunity_match.record_id as opportunity_id,
    product_match.record_id as product_id,
    record.quantity,
    record.unit_price_amount,
    record.line_amount,
    record.cost_amount,
    record.currency_code,
    {{ presence_columns() }},
    {{ lineage_columns() }}
from record
{{ reference_join('opportunity', 'opportunity') }}
{{ reference_join('product', 'product') }}
