-- source rows = accepted + refused + blank + title; accepted = new + changed + unchanged + duplicates.
-- Returns the deliveries that break it.
select delivery_entity_id, source_row_count, accepted_row_count, new_count, changed_count, unchanged_count, duplicate_row_count
from {{ ref('delivery_log') }}
where not is_source_balanced or not coalesce(is_change_balanced, true)
