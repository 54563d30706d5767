{# One row per record that ever had content: when it was held, and whether it still is. #}
with event as (

    select
        source_system,
        entity,
        _record_key,
        min(case when not is_exit then delivered_at end) as first_delivered_at,
        min(case when not is_exit then delivered_date end) as first_delivered_date,
        max(held_until_at) as last_delivered_at,
        max(held_until_date) as last_delivered_date,
        max(case when not is_exit then delivery_order end) as last_member_order,
        max(case when not is_exit and is_refused then delivery_order end) as last_refused_order
    from {{ ref('ledger_record_event') }}
    group by source_system, entity, _record_key

)

select
    event.source_system,
    event.entity,
    event._record_key,
    latest.version_number as version_count,
    latest.ended_by_code = 'vanished' as is_vanished,
    latest.valid_to_at as vanished_at,
    latest.valid_to_date as vanished_date,
    latest.is_end_uncertain as is_vanishing_uncertain,
    coalesce(event.last_refused_order = event.last_member_order, false) as has_refused_row,
    event.first_delivered_at,
    event.first_delivered_date,
    event.last_delivered_at,
    event.last_delivered_date
from event
inner join {{ ref('ledger_record_version') }} as latest
    on event.source_system = latest.source_system
    and event.entity = latest.entity
    and event._record_key = latest._record_key
    and latest.is_current
union all
select
    single.source_system,
    single.entity,
    single._record_key,
    cast(1 as bigint),
    false,
    cast(null as timestamp),
    cast(null as date),
    false,
    false,
    step.delivered_at,
    step.delivered_date,
    greatest(step.delivered_at, coalesce(step.latest_complete_at, step.delivered_at)),
    greatest(step.delivered_date, coalesce(step.latest_complete_date, step.delivered_date))
from {{ ref('ledger_key') }} as single
inner join {{ ref('ledger_step') }} as step
    on single.source_system = step.source_system and single.entity = step.entity and single.delivery_order = step.delivery_order
where single.is_single and single._record_hash is not null
