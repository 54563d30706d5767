{# Each (key, content) of a plain scope: first and last slot that held it, and whether it was held once in each slot between: the
   count and the sums of numbers, squares and cubes of the slots are those of an unbroken run. One row per scope, key and content. #}
with counted as (

    select
        slot.source_system,
        slot.entity,
        slot.scope,
        member._record_key,
        member._record_hash,
        member._is_refused,
        min(slot.slot_number) as first_slot,
        max(slot.slot_number) as last_slot,
        count(*) as row_count,
        sum(slot.slot_number) as number_sum,
        sum(slot.slot_number * slot.slot_number) as square_sum,
        sum(slot.slot_number * slot.slot_number * slot.slot_number) as cube_sum
    from {{ ref('ledger_slot') }} as slot
    inner join {{ source('raw_ledger', 'membership') }} as member
        on slot.membership_id = member._membership_id
    where member._record_key is not null
    group by slot.source_system, slot.entity, slot.scope, member._record_key, member._record_hash, member._is_refused

)

select
    source_system,
    entity,
    scope,
    _record_key,
    _record_hash,
    _is_refused,
    first_slot,
    last_slot,
    row_count = last_slot - first_slot + 1
        and number_sum * 2 = (first_slot + last_slot) * row_count
        and square_sum * 6
            = last_slot * (last_slot + 1) * (2 * last_slot + 1) - (first_slot - 1) * first_slot * (2 * first_slot - 1)
        and cube_sum * 4
            = last_slot * last_slot * (last_slot + 1) * (last_slot + 1) - (first_slot - 1) * (first_slot - 1) * first_slot * first_slot
        as is_unbroken
from counted
