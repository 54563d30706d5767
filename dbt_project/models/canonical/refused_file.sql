with refused as (

    select
        *,
        row_number() over (partition by source_system, original_name, original_sha256 order by last_loaded_at desc, message_code) as recency_rank
    from {{ ref('stg_ledger__refused_file') }}

),

delivered as (

    select distinct source_system, original_name
    from {{ ref('stg_ledger__delivery') }}
    where is_effective

)

select
    concat(refused.source_system, ':', refused.original_name, ':', refused.original_sha256) as refused_file_id,
    refused.source_system,
    refused.original_name,
    refused.original_sha256,
    refused.message_code,
    {{ business_date('refused.arrived_at') }} as arrived_date,
    delivered.original_name is not null as is_mended
from refused
left join delivered
    on refused.source_system = delivered.source_system
    and refused.original_name = delivered.original_name
where refused.recency_rank = 1
