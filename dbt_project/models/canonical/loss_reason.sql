select
    concat(record.source_system, ':', record._record_key) as loss_reason_id,
    record.loss_reason_code,
    record.source_loss_reason,
    record.loss_reason_name_en,
    record.loss_reason_name_zh_hant,
    coalesce(record.counts_as_loss, true) as counts_as_loss,
    {{ lineage_columns() }}
from {{ ref('stg_record__loss_reason') }} as record
