{# How much there is to tell of each record. Most have one event and nothing after it: their version needs no window. The columns of the
   event are filled for the only one. One row per record that any live delivery held. #}
with held as (

    select
        source_system,
        entity,
        _record_key,
        count(*) as event_count,
        case when count(*) = 1 then any_value(delivery_order) end as delivery_order,
        case when count(*) = 1 then any_value(_record_hash) end as _record_hash,
        case when count(*) = 1 then any_value(_sheet) end as _sheet,
        case when count(*) = 1 then any_value(_row_number) end as _row_number
    from {{ ref('ledger_member_event') }}
    group by source_system, entity, _record_key

),

gone as (

    select distinct source_system, entity, _record_key
    from {{ ref('ledger_exit_event') }}

)

select
    held.*,
    held.event_count = 1 and gone._record_key is null as is_single
from held
left join gone
    on held.source_system = gone.source_system
    and held.entity = gone.entity
    and held._record_key = gone._record_key
