with deliveries as (

    select * from {{ ref('delivery') }}

)

select
    delivery_entity_id,
    delivery_id,
    source_system,
    source_kind,
    entity,
    scope,
    delivery_kind,
    declared_date,
    delivered_at,
    delivered_date,
    state_code,
    state_reason,
    notes,
    is_live,
    is_effective,
    is_latest_in_scope,
    original_name,
    source_row_count,
    accepted_row_count,
    refused_row_count,
    blank_row_count,
    title_row_count,
    source_row_count = accepted_row_count + refused_row_count + blank_row_count + title_row_count as is_source_balanced,
    new_count,
    changed_count,
    unchanged_count,
    duplicate_row_count,
    repeated_row_count,
    returned_count,
    vanished_count,
    case
        when is_effective then accepted_row_count = new_count + changed_count + unchanged_count + duplicate_row_count
    end as is_change_balanced,
    unreadable_key_count,
    _loaded_at
from deliveries
