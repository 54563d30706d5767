with record as (

{{ current_records('exchange_rate') }}

)

select
    record.record_id as exchange_rate_id,
    record.rate_date,
    record.from_currency_code,
    record.to_currency_code,
    record.rate,
    {{ presence_columns() }},
    {{ lineage_columns() }}
from record
