{# Per effective delivery and entity: accepted = new + changed + unchanged + exact duplicates, and what vanished. #}
with accepted as (

    select _membership_id, count(*) as accepted_member_count
    from {{ source('raw_ledger', 'membership') }}
    where not _is_refused
    group by _membership_id

),

mixed_membership as (

    select distinct membership_id
    from {{ ref('ledger_step') }}
    where not is_plain_scope

),

surplus as (

    select membership_id, sum(row_count - 1) as surplus_count
    from {{ ref('ledger_broken_row') }}
    where not _is_refused
    group by source_system, entity, scope, slot_number, membership_id
    union all
    select mixed_membership.membership_id, count(*) - count(distinct member._record_key)
    from mixed_membership
    inner join {{ source('raw_ledger', 'membership') }} as member on mixed_membership.membership_id = member._membership_id
    where not member._is_refused
    group by mixed_membership.membership_id

),

surplus_total as (

    select membership_id, max(surplus_count) as surplus_count
    from surplus
    group by membership_id

),

member as (

    select
        accepted._membership_id,
        accepted.accepted_member_count,
        accepted.accepted_member_count - coalesce(surplus_total.surplus_count, 0) as accepted_record_count
    from accepted
    left join surplus_total on accepted._membership_id = surplus_total.membership_id

),

started as (

    select
        source_system,
        entity,
        _delivery_id,
        sum(case when started_by_code in ('new', 'returned') then 1 else 0 end) as new_count,
        sum(case when started_by_code = 'returned' then 1 else 0 end) as returned_count,
        sum(case when started_by_code = 'changed' then 1 else 0 end) as changed_count
    from {{ ref('ledger_record_version') }}
    where has_own_row
    group by source_system, entity, _delivery_id

),

gone as (

    select source_system, entity, delivery_id, count(*) as vanished_count
    from {{ ref('ledger_vanishing') }}
    group by source_system, entity, delivery_id

)

select
    step.source_system,
    step.entity,
    step.delivery_id,
    cast(coalesce(started.new_count, 0) as bigint) as new_count,
    cast(coalesce(started.changed_count, 0) as bigint) as changed_count,
    cast(coalesce(started.returned_count, 0) as bigint) as returned_count,
    cast(
        coalesce(member.accepted_record_count, 0) - coalesce(started.new_count, 0) - coalesce(started.changed_count, 0) as bigint
    ) as unchanged_count,
    cast(coalesce(member.accepted_member_count - member.accepted_record_count, 0) as bigint) as duplicate_row_count,
    cast(coalesce(gone.vanished_count, 0) as bigint) as vanished_count
from {{ ref('ledger_step') }} as step
left join member on step.membership_id = member._membership_id
left join started
    on step.source_system = started.source_system and step.entity = started.entity and step.delivery_id = started._delivery_id
left join gone
    on step.source_system = gone.source_system and step.entity = gone.entity and step.delivery_id = gone.delivery_id
