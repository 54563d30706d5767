select
    concat(record.source_system, ':', record._record_key) as process_rule_id,
    record.rule_code,
    record.rule_value,
    record.rule_name_en,
    record.rule_name_zh_hant,
    record.valid_from_date,
    record.valid_to_date,
    {{ lineage_columns() }}
from {{ ref('stg_record__process_rule') }} as record
