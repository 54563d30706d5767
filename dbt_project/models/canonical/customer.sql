with record as (

{{ current_records('customer') }}

),

name_key as (

    select name_text, min(name_key) as name_key
    from {{ source('raw_ledger', 'name_key') }}
    group by name_text

),

listed as (

    select
        record.record_id as customer_id,
        record.customer_name,
        record.legal_name,
        record.branch_name,
        parent_customer_match.record_id as parent_customer_id,
        record.group_name,
        record.tax_id,
        record.country_code,
        {{ code_value('industry') }} as industry_code,
        {{ code_value('size') }} as size_code,
        {{ code_value('segment') }} as segment_code,
        record.budget_amount,
        record.need_text,
        record.pain_point_text,
        {{ code_value('preference') }} as preference_code,
        {{ code_value('region') }} as region_code,
        {{ personal('record.address_text') }} as address_text,
        {{ personal('record.phone') }} as phone,
        {{ personal('record.email') }} as email,
        record.website,
        owner_match.record_id as owner_id,
        record.is_prospect,
        record.is_active,
        false as is_stub,
        coalesce(name_key.name_key, record.customer_name) as customer_name_key,
        record._attributes,
        {{ presence_columns() }},
        {{ lineage_columns() }}
    from record
    left join name_key on record.customer_name = name_key.name_text
    {{ reference_join('parent_customer', 'customer') }}
    {{ reference_join('owner', 'owner') }}
    {{ code_join('industry') }}
    {{ code_join('size') }}
    {{ code_join('segment') }}
    {{ code_join('preference') }}
    {{ code_join('region') }}

),

stub as (

    {{ stub_records(
        'customer',
        {
            'customer_name': none, 'legal_name': none, 'branch_name': none, 'parent_customer_id': none, 'group_name': none, 'tax_id': none, 'country_code': none,
            'industry_code': none, 'size_code': none, 'segment_code': none, 'budget_amount': 'decimal(18,2)', 'need_text': none, 'pain_point_text': none,
            'preference_code': none, 'region_code': none, 'address_text': none, 'phone': none, 'email': none, 'website': none, 'owner_id': none,
            'is_prospect': 'boolean', 'is_active': 'boolean', 'is_stub': 'boolean', 'customer_name_key': none, '_attributes': none
        },
        {'customer_name': 'min(reference_text)', 'customer_name_key': 'min(match_key)'}
    ) }}

)

select * from listed
union all
select * from stub
