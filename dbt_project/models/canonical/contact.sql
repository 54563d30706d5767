with record as (

{{ current_records('contact') }}

)

select
    record.record_id as contact_id,
    customer_match.record_id as customer_id,
    record.contact_name,
    {{ code_value('role') }} as role_code,
    record.title_text,
    {{ code_value('influence') }} as influence_code,
    {{ personal('record.phone') }} as phone,
    {{ personal('record.email') }} as email,
    owner_match.record_id as owner_id,
    {{ presence_columns() }},
    {{ lineage_columns() }}
from record
{{ reference_join('customer', 'customer') }}
{{ reference_join('owner', 'owner') }}
{{ code_join('role') }}
{{ code_join('influence') }}
