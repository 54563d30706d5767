{# Scopes of full deliveries only: a delivery and the repetitions that follow it are one slot, which costs its
   membership once. One row per slot. #}
with step as (

    select
        *,
        case when membership_id = previous_membership_id then 0 else 1 end as is_start
    from {{ ref('ledger_step') }}
    where is_plain_scope

),

numbered as (

    select
        *,
        sum(is_start) over (
            partition by source_system, entity, scope order by scope_sequence rows between unbounded preceding and current row
        ) as slot_number
    from step

),

held as (

    select *, max(delivered_at) over in_slot as last_held_at, max(delivered_date) over in_slot as last_held_date
    from numbered
    window in_slot as (partition by source_system, entity, scope, slot_number)

)

select
    source_system,
    entity,
    scope,
    cast(slot_number as bigint) as slot_number,
    membership_id,
    delivery_order,
    delivery_id,
    delivered_at,
    delivered_date,
    latest_complete_at,
    latest_complete_date,
    previous_delivered_at,
    previous_delivered_date,
    is_partial,
    unreadable_key_count,
    may_repeat,
    _loaded_at,
    original_name,
    last_held_at,
    last_held_date
from held
where is_start = 1
