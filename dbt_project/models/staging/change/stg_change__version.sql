{# Versions of deals beside the version before: what differs between two deliveries. One row per deal and version. #}
select
    *,
    coalesce(stage_code, 'unmapped:' || source_stage_name, '') as stage_identity,
    lag(coalesce(stage_code, 'unmapped:' || source_stage_name, '')) over in_order as previous_stage_identity,
    lag(stage_code) over in_order as previous_stage_code,
    lag(source_stage_name) over in_order as previous_source_stage_name,
    lead(coalesce(stage_code, 'unmapped:' || source_stage_name, '')) over in_order as next_stage_identity
from {{ ref('stg_opportunity__stage') }}
window in_order as (partition by opportunity_id order by version_number)
