{# Rows that say something new within their scope: first held, other content, refused, back again. The rest repeats the delivery before.
   Plain scopes tell it by their runs; scopes with deltas or listings of ids by the delivery before. One row per scope, key and delivery. #}
with step as (

    select * from {{ ref('ledger_step') }}
    where not is_plain_scope
        and (delivery_kind = 'delta' or previous_membership_id is null or membership_id <> previous_membership_id)

),

membership as (

    select *, coalesce(_record_hash, '') as content
    from {{ source('raw_ledger', 'membership') }}
    where _record_key is not null

),

mixed as (

    select
        step.source_system, step.entity, step.scope, step.delivery_order, step.delivery_id, step.delivered_at, step.delivered_date,
        step.latest_complete_at, step.latest_complete_date, step.previous_delivered_at, step.previous_delivered_date, step.is_partial,
        step._loaded_at, step.original_name,
        membership._record_key, membership._record_hash, membership._sheet, membership._row_number, membership._is_refused
    from step
    inner join membership on step.membership_id = membership._membership_id
    left join membership as prior_row
        on step.previous_membership_id = prior_row._membership_id
        and membership._record_key = prior_row._record_key
        and membership.content = prior_row.content
    where prior_row._record_key is null or step.delivery_kind = 'delta'

),

plain as (

    select
        slot.source_system, slot.entity, slot.scope, slot.delivery_order, slot.delivery_id, slot.delivered_at, slot.delivered_date,
        slot.latest_complete_at, slot.latest_complete_date, slot.previous_delivered_at, slot.previous_delivered_date, slot.is_partial,
        slot._loaded_at, slot.original_name,
        run._record_key, run._record_hash, membership._sheet, membership._row_number, run._is_refused
    from {{ ref('ledger_run') }} as run
    inner join {{ ref('ledger_slot') }} as slot
        on run.source_system = slot.source_system
        and run.entity = slot.entity
        and run.scope = slot.scope
        and run.first_slot = slot.slot_number
    inner join membership
        on slot.membership_id = membership._membership_id
        and run._record_key = membership._record_key
        and coalesce(run._record_hash, '') = membership.content
        and run._is_refused = membership._is_refused

),

told as (

    select * from plain
    union all
    select * from mixed

),

numbered as (

    select
        *,
        row_number() over (
            partition by source_system, entity, delivery_order, _record_key
            order by _is_refused, _sheet nulls last, _row_number nulls last, _record_hash nulls last
        ) as row_rank
    from told

)

select
    source_system,
    entity,
    scope,
    delivery_order,
    delivery_id,
    delivered_at,
    delivered_date,
    latest_complete_at,
    latest_complete_date,
    previous_delivered_at,
    previous_delivered_date,
    is_partial,
    _loaded_at,
    _record_key,
    _record_hash,
    original_name as _source_file,
    _sheet,
    _row_number,
    _is_refused as is_refused
from numbered
where row_rank = 1
