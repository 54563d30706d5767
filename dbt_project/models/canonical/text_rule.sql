select
    concat(record.source_system, ':', record._record_key) as text_rule_id,
    coalesce(record.activity_type, '*') as activity_type_code,
    coalesce(record.text_field, '*') as text_field,
    record.minimum_length,
    record.maximum_repetitions,
    record.meaningless_words,
    record.valid_from_date,
    record.valid_to_date,
    {{ lineage_columns() }}
from {{ ref('stg_record__text_rule') }} as record
