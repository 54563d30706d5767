with record as (

{{ current_records('transaction_card') }}

)

select
    record.record_id as transaction_card_id,
    customer_match.record_id as customer_id,
    opportunity_match.record_id as opportunity_id,
    owner_match.record_id as owner_id,
    record.transaction_date,
    record.amount,
    record.currency_code,
    {{ code_value('status') }} as status_code,
    {{ presence_columns() }},
    {{ lineage_columns() }}
from record
{{ reference_join('customer', 'customer') }}
{{ reference_join('opportunity', 'opportunity') }}
{{ reference_join('owner', 'owner') }}
{{ code_join('status') }}
