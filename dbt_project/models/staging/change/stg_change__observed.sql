{# Changes of stage seen between two deliveries, and the stage of a deal at first sight. One row per such change. #}
select
    concat(opportunity_id, '#observed:', cast(version_number as string)) as stage_change_id,
    opportunity_id,
    valid_from_at as changed_at,
    valid_from_date as changed_date,
    previous_delivered_at as changed_not_before_at,
    previous_delivered_date as changed_not_before_date,
    stage_set_code,
    previous_stage_code as from_stage_code,
    stage_code as to_stage_code,
    previous_source_stage_name as from_source_stage_name,
    source_stage_name as to_source_stage_name,
    cast(null as string) as changed_by_owner_id,
    'observed' as evidence_code,
    valid_from_at as known_at,
    previous_stage_identity is null as is_first_seen,
    source_system,
    _record_key as source_record_id,
    _delivery_id,
    _delivered_at,
    _loaded_at,
    _record_key,
    _record_hash,
    _source_file,
    _sheet,
    _row_number,
    cast(null as string) as _extra
from {{ ref('stg_change__version') }}
where stage_identity <> ''
    and coalesce(stage_identity <> previous_stage_identity, true)
