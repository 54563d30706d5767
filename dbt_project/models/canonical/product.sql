with record as (

{{ current_records('product') }}

),

name_key as (

    select name_text, min(name_key) as name_key
    from {{ source('raw_ledger', 'name_key') }}
    group by name_text

),

listed as (

    select
        record.record_id as product_id,
        record.product_name,
        {{ code_value('family') }} as family_code,
        record.list_price_amount,
        record.cost_amount,
        record.currency_code,
        false as is_stub,
        coalesce(name_key.name_key, record.product_name) as product_name_key,
        {{ presence_columns() }},
        {{ lineage_columns() }}
    from record
    left join name_key on record.product_name = name_key.name_text
    {{ code_join('family') }}

),

stub as (

    select
        record_id as product_id,
        min(reference_text) as product_name,
        cast(null as string) as family_code,
        cast(null as decimal(18,2)) as list_price_amount,
        cast(null as decimal(18,2)) as cost_amount,
        cast(null as string) as currency_code,
        true as is_stub,
        min(match_key) as product_name_key,
        false as is_vanished,
        cast(null as timestamp) as vanished_at,
        cast(null as date) as vanished_date,
        false as is_vanishing_uncertain,
        false as has_refused_row,
        cast(null as timestamp) as first_delivered_at,
        cast(null as date) as first_delivered_date,
        cast(null as timestamp) as last_delivered_at,
        cast(null as date) as last_delivered_date,
        cast(null as bigint) as version_count,
        min(reference_source) as source_system,
        cast(null as string) as source_record_id,
        cast(null as string) as _extra,
        cast(null as string) as _delivery_id,
        cast(null as timestamp) as _delivered_at,
        cast(null as timestamp) as _loaded_at,
        cast(null as string) as _record_key,
        cast(null as string) as _record_hash,
        cast(null as string) as _source_file,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from {{ ref('stg_reference__product') }}
    where match_code = 'stub'
    group by record_id

),

everyone as (

    select * from listed
    union all
    select * from stub

)

select
    product_id,
    product_name,
    family_code,
    list_price_amount,
    cost_amount,
    currency_code,
    is_stub,
    product_name_key,
    is_vanished,
    vanished_at,
    vanished_date,
    is_vanishing_uncertain,
    has_refused_row,
    first_delivered_at,
    first_delivered_date,
    last_delivered_at,
    last_delivered_date,
    version_count,
    source_system,
    source_record_id,
    _extra,
    _delivery_id,
    _delivered_at,
    _loaded_at,
    _record_key,
    _record_hash,
    _source_file,
    _sheet,
    _row_number
from everyone
