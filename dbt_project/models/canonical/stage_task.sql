select
    concat(record.source_system, ':', record._record_key) as stage_task_id,
    record.stage_set_code,
    record.stage_code,
    record.task_code,
    record.activity_type as activity_type_code,
    record.minimum_count,
    record.required_texts,
    record.task_name_en,
    record.task_name_zh_hant,
    record.valid_from_date,
    record.valid_to_date,
    {{ lineage_columns() }}
from {{ ref('stg_record__stage_task') }} as record
