select
    concat(entity, ':', source_system, ':', _record_key, '#', cast(last_version_number as string)) as record_vanishing_id,
    entity,
    concat(source_system, ':', _record_key) as record_id,
    source_system,
    last_version_number,
    vanished_at,
    vanished_date,
    delivery_id as vanished_delivery_id,
    is_uncertain,
    returned_at
from {{ ref('ledger_vanishing') }}
