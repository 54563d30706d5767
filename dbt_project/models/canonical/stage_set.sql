select
    concat(record.source_system, ':', record._record_key) as stage_set_id,
    record.stage_set_code,
    record.stage_set_name_en,
    record.stage_set_name_zh_hant,
    coalesce(record.is_default, false) as is_default,
    record.valid_from_date,
    record.valid_to_date,
    {{ lineage_columns() }}
from {{ ref('stg_record__stage_set') }} as record
