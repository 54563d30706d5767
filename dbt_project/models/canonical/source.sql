select
    concat(source_system, ':', entity) as source_entity_id,
    source_system,
    source_kind,
    entity,
    fresh_within_days,
    ends_on as end_date
from {{ source('raw_ledger', 'source') }}
where source_kind <> 'publication'
