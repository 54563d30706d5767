select
    concat(record.source_system, ':', record._record_key) as stage_id,
    record.stage_set_code,
    record.stage_code,
    record.stage_number,
    record.stage_name_en,
    record.stage_name_zh_hant,
    record.band_code,
    record.declared_probability_rate,
    record.stall_days,
    record.required_fields,
    coalesce(record.is_won, false) as is_won,
    coalesce(record.is_lost, false) as is_lost,
    record.valid_from_date,
    record.valid_to_date,
    {{ lineage_columns() }}
from {{ ref('stg_record__stage') }} as record
