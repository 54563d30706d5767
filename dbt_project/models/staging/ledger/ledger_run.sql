{# Unbroken runs of slots in which a plain scope held one content of a record. One row per scope, key, content and first slot. #}
with island as (

    select
        *,
        slot_number - row_number() over (
            partition by source_system, entity, scope, _record_key, _record_hash, _is_refused order by slot_number
        ) as island_number
    from {{ ref('ledger_broken_row') }}

),

run as (

    select source_system, entity, scope, _record_key, _record_hash, _is_refused, first_slot, last_slot
    from {{ ref('ledger_content_span') }}
    where is_unbroken
    union all
    select source_system, entity, scope, _record_key, _record_hash, _is_refused, min(slot_number), max(slot_number)
    from island
    group by source_system, entity, scope, _record_key, _record_hash, _is_refused, island_number

)

select
    *,
    max(last_slot) over (
        partition by source_system, entity, scope, _record_key order by first_slot, last_slot, _is_refused, _record_hash nulls last
        rows between unbounded preceding and current row
    ) as held_until_slot,
    lead(first_slot) over (
        partition by source_system, entity, scope, _record_key order by first_slot, last_slot, _is_refused, _record_hash nulls last
    ) as next_first_slot
from run
