{# Every event of the records of which there is more than one to tell, over all scopes, in order, with whether any scope still holds the
   record after it. One row per record, scope, delivery and kind of event. #}
with eventful as (

    select source_system, entity, _record_key
    from {{ ref('ledger_key') }}
    where not is_single

),

step as (

    select * from {{ ref('ledger_step') }}

),

event as (

    select
        held.source_system, held.entity, held.scope, held._record_key, held.delivery_order, step.delivery_id, step.delivered_at, step.delivered_date,
        step._loaded_at, step.original_name as _source_file, held._sheet, held._row_number, held._record_hash, held.is_refused, step.is_partial,
        step.previous_delivered_at, step.previous_delivered_date, step.latest_complete_at, step.latest_complete_date,
        cast(null as timestamp) as last_held_at, cast(null as date) as last_held_date, false as is_exit, false as is_uncertain
    from {{ ref('ledger_member_event') }} as held
    inner join eventful
        on held.source_system = eventful.source_system and held.entity = eventful.entity and held._record_key = eventful._record_key
    inner join step
        on held.source_system = step.source_system and held.entity = step.entity and held.delivery_order = step.delivery_order
    union all
    select
        source_system, entity, scope, _record_key, delivery_order, delivery_id, delivered_at, delivered_date, _loaded_at,
        _source_file, cast(null as string), cast(null as bigint), cast(null as string), false, false,
        cast(null as timestamp), cast(null as date), cast(null as timestamp), cast(null as date),
        last_held_at, last_held_date, true, is_uncertain
    from {{ ref('ledger_exit_event') }}

),

scoped as (

    select
        *,
        coalesce(lag(is_exit) over in_scope, true) as is_outside_before,
        lead(is_exit) over in_scope is null as is_last_in_scope
    from event
    window in_scope as (partition by source_system, entity, _record_key, scope order by delivery_order)

),

counted as (

    select
        *,
        sum(case when is_exit then -1 when is_outside_before then 1 else 0 end) over (
            partition by source_system, entity, _record_key order by delivered_at range between unbounded preceding and current row
        ) as held_count,
        row_number() over (partition by source_system, entity, _record_key, delivered_at, is_exit order by delivery_order desc) as exit_rank
    from scoped

)

select
    source_system,
    entity,
    _record_key,
    scope,
    delivery_order,
    delivery_id,
    delivered_at,
    delivered_date,
    _loaded_at,
    _source_file,
    _sheet,
    _row_number,
    _record_hash,
    is_refused,
    is_partial,
    is_exit,
    is_uncertain,
    previous_delivered_at,
    previous_delivered_date,
    is_exit and held_count = 0 and exit_rank = 1 as is_vanishing,
    case
        when is_exit then last_held_at
        when is_last_in_scope and latest_complete_at > delivered_at then latest_complete_at
        else delivered_at
    end as held_until_at,
    case
        when is_exit then last_held_date
        when is_last_in_scope and latest_complete_date > delivered_date then latest_complete_date
        else delivered_date
    end as held_until_date
from counted
