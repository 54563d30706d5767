select
    concat(delivery.delivery_id, ':', delivery.entity) as delivery_entity_id,
    delivery.delivery_id,
    delivery.source_system,
    delivery.source_kind,
    delivery.entity,
    delivery.delivery_kind,
    delivery.scope,
    delivery.declared_date,
    delivery.delivered_at,
    delivery.delivered_date,
    delivery._loaded_at,
    delivery.state_code,
    delivery.state_reason,
    delivery.notes,
    delivery.is_live,
    coalesce(delivery.is_effective, false) as is_effective,
    coalesce(step.is_latest_in_scope, false) as is_latest_in_scope,
    delivery.original_name,
    delivery.original_sha256,
    delivery.source_row_count,
    delivery.accepted_row_count,
    delivery.refused_row_count,
    delivery.blank_row_count,
    delivery.title_row_count,
    counted.duplicate_row_count,
    greatest(coalesce(delivery.repeated_row_count, 0), coalesce(counted.duplicate_row_count, 0)) as repeated_row_count,
    delivery.unreadable_key_count,
    counted.new_count,
    counted.changed_count,
    counted.returned_count,
    counted.unchanged_count,
    counted.vanished_count,
    case when delivery.is_live then cast(dense_rank() over (order by delivery.delivery_order nulls last) as bigint) end as delivery_order,
    cast(step.scope_sequence as bigint) as scope_sequence
from {{ ref('stg_ledger__delivery') }} as delivery
left join {{ ref('ledger_step') }} as step
    on delivery.delivery_id = step.delivery_id
    and delivery.entity = step.entity
left join {{ ref('ledger_delivery_count') }} as counted
    on delivery.delivery_id = counted.delivery_id
    and delivery.entity = counted.entity
where delivery.source_kind <> 'publication'
