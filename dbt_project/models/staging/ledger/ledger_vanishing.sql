{# Each vanishing of a record that ever had content, and when it came back. #}
{%- set so_far = 'partition by source_system, entity, _record_key order by delivery_order, is_exit '
    ~ 'rows between unbounded preceding and current row' -%}
with event as (

    select
        *,
        {{ last_known('_record_hash', so_far) }} as known_hash,
        lead(delivered_at) over (partition by source_system, entity, _record_key order by delivery_order, is_exit) as returned_at
    from {{ ref('ledger_record_event') }}
    where not is_exit or is_vanishing

)

select
    event.source_system,
    event.entity,
    event._record_key,
    version.version_number as last_version_number,
    event.delivery_id,
    event.delivered_at as vanished_at,
    event.delivered_date as vanished_date,
    event.is_uncertain,
    event.returned_at
from event
inner join {{ ref('ledger_record_version') }} as version
    on event.source_system = version.source_system
    and event.entity = version.entity
    and event._record_key = version._record_key
    and event.delivered_at = version.valid_to_at
    and version.ended_by_code = 'vanished'
where event.is_vanishing
    and event.known_hash is not null
