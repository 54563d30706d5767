with record as (

{{ current_records('lead') }}

)

select
    record.record_id as lead_id,
    record.lead_name,
    record.company_name,
    {{ code_value('lead_source') }} as lead_source_code,
    {{ code_value('status') }} as status_code,
    owner_match.record_id as owner_id,
    {{ personal('record.email') }} as email,
    {{ personal('record.phone') }} as phone,
    record.website,
    {{ code_value('industry') }} as industry_code,
    record.created_at,
    coalesce(record.created_date, {{ business_date('record.created_at') }}) as created_date,
    record.is_converted,
    converted_customer_match.record_id as converted_customer_id,
    converted_opportunity_match.record_id as converted_opportunity_id,
    {{ presence_columns() }},
    {{ lineage_columns() }}
from record
{{ reference_join('owner', 'owner') }}
{{ reference_join('converted_customer', 'customer') }}
{{ reference_join('converted_opportunity', 'opportunity') }}
{{ code_join('lead_source') }}
{{ code_join('status') }}
{{ code_join('industry') }}
