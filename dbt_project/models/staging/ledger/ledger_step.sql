{# Effective deliveries (publications apart: snapshots read those) in the order of their scope, each with its neighbours: what it is compared with. #}
with delivery as (

    select * from {{ ref('stg_ledger__delivery') }}
    where is_effective
        and source_kind <> 'publication'

),

complete as (

    select
        *,
        case when delivery_kind in ('full', 'ids') then delivery_order end as complete_order,
        min(delivered_columns) over so_far as first_columns,
        max(delivered_columns) over so_far as last_columns
    from delivery
    window so_far as (partition by source_system, entity order by delivery_order rows between unbounded preceding and current row)

),

neighbours as (

    select
        *,
        row_number() over in_scope as scope_sequence,
        lag(membership_id) over in_scope as previous_membership_id,
        lag(delivered_at) over in_scope as previous_delivered_at,
        lag(delivered_date) over in_scope as previous_delivered_date,
        min(complete_order) over (
            partition by source_system, entity, scope order by delivery_order rows between 1 following and unbounded following
        ) as next_complete_order,
        max(case when complete_order is not null then delivered_at end) over whole_scope as latest_complete_at,
        max(case when complete_order is not null then delivered_date end) over whole_scope as latest_complete_date,
        lead(delivery_id) over in_scope is null as is_latest_in_scope,
        min(delivery_kind) over whole_scope = 'full' and max(delivery_kind) over whole_scope = 'full' as is_plain_scope
    from complete
    window
        in_scope as (partition by source_system, entity, scope order by delivery_order),
        whole_scope as (partition by source_system, entity, scope)

)

select
    step.source_system,
    step.entity,
    step.scope,
    cast(step.scope_sequence as bigint) as scope_sequence,
    step.delivery_order,
    step.delivery_id,
    step.delivery_kind,
    step.delivered_at,
    step.delivered_date,
    step._loaded_at,
    step.original_name,
    step.membership_id,
    step.unreadable_key_count,
    step.repeated_row_count > 0 or step.refused_row_count > 0 as may_repeat,
    step.is_latest_in_scope,
    step.is_plain_scope,
    step.previous_membership_id,
    step.previous_delivered_at,
    step.previous_delivered_date,
    step.next_complete_order,
    step.latest_complete_at,
    step.latest_complete_date,
    next_step.membership_id as next_complete_membership_id,
    coalesce(step.first_columns <> step.last_columns, false) or step.delivery_kind = 'ids' as is_partial
from neighbours as step
left join complete as next_step
    on step.source_system = next_step.source_system
    and step.entity = next_step.entity
    and step.scope = next_step.scope
    and step.next_complete_order = next_step.delivery_order
