select
    concat(record.source_system, ':', record._record_key) as change_marker_id,
    record.marker_code,
    record.marker_name_en,
    record.marker_name_zh_hant,
    record.effective_date,
    {{ lineage_columns() }}
from {{ ref('stg_record__change_marker') }} as record
