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

    {{ stub_records(
        'product',
        {
            'product_name': none, 'family_code': none, 'list_price_amount': 'decimal(18,2)', 'cost_amount': 'decimal(18,2)', 'currency_code': none,
            'is_stub': 'boolean', 'product_name_key': none
        },
        {'product_name': 'min(reference_text)', 'product_name_key': 'min(match_key)'}
    ) }}

)

select * from listed
union all
select * from stub
