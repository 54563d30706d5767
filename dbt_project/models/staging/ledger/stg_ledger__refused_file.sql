{{ config(materialized='view') }}
{# Files that nobody could read, told again each time somebody tried: the first time of each content. #}
select
    source_system,
    original_name,
    original_sha256,
    message_code,
    min(coalesce(arrived_at, loaded_at)) as arrived_at,
    max(loaded_at) as last_loaded_at
from {{ source('raw_ledger', 'refused_file') }}
group by source_system, original_name, original_sha256, message_code
