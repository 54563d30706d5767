{# The slots of contents that were not held just once in each slot of their span. One row per scope, key, content and slot. #}
select
    span.source_system,
    span.entity,
    span.scope,
    span._record_key,
    span._record_hash,
    span._is_refused,
    slot.slot_number,
    slot.membership_id,
    count(*) as row_count
from {{ ref('ledger_content_span') }} as span
inner join {{ ref('ledger_slot') }} as slot
    on span.source_system = slot.source_system
    and span.entity = slot.entity
    and span.scope = slot.scope
    and slot.slot_number >= span.first_slot
    and slot.slot_number <= span.last_slot
inner join {{ source('raw_ledger', 'membership') }} as member
    on slot.membership_id = member._membership_id
    and span._record_key = member._record_key
    and coalesce(span._record_hash, '') = coalesce(member._record_hash, '')
    and span._is_refused = member._is_refused
where not span.is_unbroken
group by
    span.source_system, span.entity, span.scope, span._record_key, span._record_hash, span._is_refused, slot.slot_number,
    slot.membership_id
