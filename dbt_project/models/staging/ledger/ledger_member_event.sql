{# Rows that say something new within their scope: first held, other content, refused, back again. The rest repeats the delivery before.
   Plain scopes tell it by their runs; scopes with deltas or listings of ids by the delivery before. Narrow, since it is the longest table of
   the ledger: what else a delivery says is joined by its order where it is needed. One row per scope, key and delivery. #}
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

{# what each delivery brings is new where nothing stands before it in its scope, and a delta always tells #}
mixed as (

    select
        step.source_system, step.entity, step.scope, step.delivery_order, step.may_repeat,
        membership._record_key, membership._record_hash, membership._sheet, membership._row_number, membership._is_refused
    from step
    inner join membership on step.membership_id = membership._membership_id
    where step.delivery_kind = 'delta' or step.previous_membership_id is null
    union all
    select
        step.source_system, step.entity, step.scope, step.delivery_order, step.may_repeat,
        membership._record_key, membership._record_hash, membership._sheet, membership._row_number, membership._is_refused
    from step
    inner join membership on step.membership_id = membership._membership_id
    left join membership as prior_row
        on step.previous_membership_id = prior_row._membership_id
        and membership._record_key = prior_row._record_key
        and membership.content = prior_row.content
    where step.delivery_kind <> 'delta' and step.previous_membership_id is not null
        and prior_row._record_key is null

),

plain as (

    select
        slot.source_system, slot.entity, slot.scope, slot.delivery_order, slot.may_repeat,
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

{# only deliveries that counted repeated or refused rows can hold a key twice #}
numbered as (

    select
        *,
        row_number() over (
            partition by source_system, entity, delivery_order, _record_key
            order by _is_refused, _sheet nulls last, _row_number nulls last, _record_hash nulls last
        ) as row_rank
    from told
    where may_repeat

)

select source_system, entity, scope, delivery_order, _record_key, _record_hash, _sheet, _row_number, _is_refused as is_refused
from told
where not may_repeat
union all
select source_system, entity, scope, delivery_order, _record_key, _record_hash, _sheet, _row_number, _is_refused as is_refused
from numbered
where row_rank = 1
