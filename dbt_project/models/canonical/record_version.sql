{{ config(materialized='view') }}
select
    concat(entity, ':', source_system, ':', _record_key, '#', cast(version_number as string)) as record_version_id,
    entity,
    concat(source_system, ':', _record_key) as record_id,
    version_number,
    valid_from_at,
    valid_from_date,
    valid_to_at,
    valid_to_date,
    started_by_code,
    ended_by_code,
    is_end_uncertain,
    is_current,
    source_system,
    _delivery_id,
    _delivered_at,
    _loaded_at,
    _record_key,
    _record_hash,
    _source_file,
    _sheet,
    _row_number
from {{ ref('ledger_record_version') }}
