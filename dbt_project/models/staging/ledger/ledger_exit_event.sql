{# Records that a scope held and its next complete delivery lacks. One row per scope, key and delivery that lacks it. #}
with step as (

    select * from {{ ref('ledger_step') }}
    where not is_plain_scope

),

membership as (

    select _membership_id, _record_key
    from {{ source('raw_ledger', 'membership') }}
    where _record_key is not null

),

mixed as (

    select
        step.source_system,
        step.entity,
        step.scope,
        step.next_complete_order as delivery_order,
        membership._record_key,
        max(step.delivered_at) as last_held_at,
        max(step.delivered_date) as last_held_date
    from step
    inner join membership on step.membership_id = membership._membership_id
    left join membership as later_row
        on step.next_complete_membership_id = later_row._membership_id
        and membership._record_key = later_row._record_key
    where step.next_complete_order is not null
        and step.membership_id <> step.next_complete_membership_id
        and later_row._record_key is null
    group by step.source_system, step.entity, step.scope, step.next_complete_order, membership._record_key

),

plain as (

    select
        run.source_system,
        run.entity,
        run.scope,
        after_slot.delivery_order,
        run._record_key,
        last_slot.last_held_at,
        last_slot.last_held_date
    from {{ ref('ledger_run') }} as run
    inner join {{ ref('ledger_slot') }} as after_slot
        on run.source_system = after_slot.source_system
        and run.entity = after_slot.entity
        and run.scope = after_slot.scope
        and run.held_until_slot + 1 = after_slot.slot_number
    inner join {{ ref('ledger_slot') }} as last_slot
        on run.source_system = last_slot.source_system
        and run.entity = last_slot.entity
        and run.scope = last_slot.scope
        and run.held_until_slot = last_slot.slot_number
    where coalesce(run.next_first_slot > run.held_until_slot + 1, true)

),

gone as (

    select * from plain
    union all
    select * from mixed

)

select
    gone.source_system,
    gone.entity,
    gone.scope,
    gone.delivery_order,
    step.delivery_id,
    step.delivered_at,
    step.delivered_date,
    step._loaded_at,
    step.original_name as _source_file,
    step.unreadable_key_count > 0 as is_uncertain,
    gone._record_key,
    gone.last_held_at,
    gone.last_held_date
from gone
inner join {{ ref('ledger_step') }} as step
    on gone.source_system = step.source_system
    and gone.entity = step.entity
    and gone.scope = step.scope
    and gone.delivery_order = step.delivery_order
