with person as (

    select
        concat('playbook:', owner_code) as owner_id,
        owner_code,
        min(owner_name) as owner_name,
        min(email) as email,
        min(joined_date) as joined_date,
        max(left_date) as left_date,
        cast(null as boolean) as is_active,
        true as is_mapped,
        false as is_stub,
        'playbook' as source_system
    from {{ ref('stg_record__people') }}
    where owner_code is not null
    group by owner_code

),

listed as (

    select
        owner_record.owner_id,
        cast(null as string) as owner_code,
        record.owner_name,
        record.email,
        record.joined_date,
        record.left_date,
        record.is_active,
        false as is_mapped,
        false as is_stub,
        record.source_system
    from {{ ref('stg_reference__owner_record') }} as owner_record
    inner join {{ ref('stg_record__owner') }} as record
        on owner_record.source_system = record.source_system
        and owner_record._record_key = record._record_key
        and record.is_current
    where not owner_record.is_mapped

),

stub as (

    select
        record_id as owner_id,
        cast(null as string) as owner_code,
        min(reference_text) as owner_name,
        cast(null as string) as email,
        cast(null as date) as joined_date,
        cast(null as date) as left_date,
        cast(null as boolean) as is_active,
        false as is_mapped,
        true as is_stub,
        min(reference_source) as source_system
    from {{ ref('stg_reference__owner') }}
    where record_id not in (select owner_id from listed)
        and record_id not like 'playbook:%'
    group by record_id

),

everyone as (

    select * from person
    union all
    select * from listed
    union all
    select * from stub

)

select
    owner_id,
    owner_code,
    owner_name,
    {{ personal('email') }} as email,
    joined_date,
    left_date,
    case
        when left_date < {{ as_of_date() }} or joined_date > {{ as_of_date() }} then false
        when is_active is not null then is_active
        when is_mapped then true
    end as is_active,
    is_mapped,
    is_stub,
    source_system
from everyone
