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

    select
        record_id as customer_id,
        min(reference_text) as customer_name,
        cast(null as string) as legal_name,
        cast(null as string) as branch_name,
        cast(null as string) as parent_customer_id,
        cast(null as string) as group_name,
        cast(null as string) as tax_id,
        cast(null as string) as country_code,
        cast(null as string) as industry_code,
        cast(null as string) as size_code,
        cast(null as string) as segment_code,
        cast(null as decimal(18,2)) as budget_amount,
        cast(null as string) as need_text,
        cast(null as string) as pain_point_text,
        cast(null as string) as preference_code,
        cast(null as string) as region_code,
        cast(null as string) as address_text,
        cast(null as string) as phone,
        cast(null as string) as email,
        cast(null as string) as website,
        cast(null as string) as owner_id,
        cast(null as boolean) as is_prospect,
        cast(null as boolean) as is_active,
        true as is_stub,
        min(match_key) as customer_name_key,
        cast(null as string) as _attributes,
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
    from {{ ref('stg_reference__customer') }}
    where match_code = 'stub'
    group by record_id

),

everyone as (

    select * from listed
    union all
    select * from stub

)

select
    customer_id,
    customer_name,
    legal_name,
    branch_name,
    parent_customer_id,
    group_name,
    tax_id,
    country_code,
    industry_code,
    size_code,
    segment_code,
    budget_amount,
    need_text,
    pain_point_text,
    preference_code,
    region_code,
    address_text,
    phone,
    email,
    website,
    owner_id,
    is_prospect,
    is_active,
    is_stub,
    customer_name_key,
    _attributes,
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
