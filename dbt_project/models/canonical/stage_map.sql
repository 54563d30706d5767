select
    concat(record.source_system, ':', record._record_key) as stage_map_id,
    coalesce(record.mapped_source_system, '*') as mapped_source_system,
    coalesce(record.stage_set_code, '*') as stage_set_code,
    record.source_stage_name,
    record.stage_code,
    {{ lineage_columns() }}
from {{ ref('stg_record__stage_map') }} as record
