select
    concat(record.source_system, ':', record._record_key) as stage_set_rule_id,
    record.rule_code,
    record.rule_order,
    record.stage_set_code,
    record.condition_field,
    record.condition_operator,
    record.condition_value,
    record.valid_from_date,
    record.valid_to_date,
    {{ lineage_columns() }}
from {{ ref('stg_record__stage_set_rule') }} as record
