{{ config(materialized='view') }}
{# Deliveries as the manifest tells them; effective = live and dated on or before the as-of date. #}
select
    delivery_id,
    source_system,
    source_kind,
    entity,
    delivery_kind,
    scope,
    declared_date,
    delivered_at,
    delivered_date,
    loaded_at as _loaded_at,
    state_code,
    state_reason,
    is_live,
    is_live and delivered_date <= {{ as_of_date() }} as is_effective,
    membership_id,
    original_name,
    original_sha256,
    delivered_columns,
    source_row_count,
    accepted_row_count,
    refused_row_count,
    blank_row_count,
    title_row_count,
    unreadable_key_count,
    delivery_order
from {{ source('raw_ledger', 'delivery') }}
