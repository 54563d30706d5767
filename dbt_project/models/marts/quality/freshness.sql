with sources as (

    select * from {{ ref('source') }}

),

delivered as (

    select
        source_system,
        entity,
        scope,
        max(case when is_effective then delivered_date end) as last_delivered_date,
        max(case when is_effective then delivered_at end) as last_delivered_at,
        {{ count_where('is_effective') }} as delivery_count,
        max(case when state_code = 'held' then delivered_date end) as last_held_date
    from {{ ref('delivery') }}
    where state_code in ('live', 'held') and delivered_date <= {{ as_of_date() }}
    group by source_system, entity, scope

),

aged as (

    select
        sources.source_system,
        sources.source_kind,
        sources.entity,
        coalesce(delivered.scope, '') as scope,
        case when sources.end_date < {{ as_of_date() }} then null else sources.fresh_within_days end as fresh_within_days,
        sources.end_date,
        delivered.last_delivered_date,
        delivered.last_delivered_at,
        coalesce(delivered.delivery_count, 0) as delivery_count,
        case
            when delivered.last_held_date >= coalesce(delivered.last_delivered_date, delivered.last_held_date) then delivered.last_held_date
        end as held_date,
        {{ days_between('delivered.last_delivered_date', as_of_date()) }} as since_delivery_days
    from sources
    left join delivered on sources.source_system = delivered.source_system and sources.entity = delivered.entity

)

select
    concat(source_system, ':', entity, ':', scope) as freshness_id,
    source_system,
    source_kind,
    entity,
    scope,
    last_delivered_date,
    last_delivered_at,
    since_delivery_days,
    fresh_within_days,
    end_date,
    fresh_within_days is not null and coalesce(since_delivery_days > fresh_within_days, true) as is_stale,
    case
        when fresh_within_days is not null and since_delivery_days > fresh_within_days
            then {{ date_add_days('last_delivered_date', 'fresh_within_days + 1') }}
    end as stale_since_date,
    held_date is not null as is_held,
    held_date,
    delivery_count
from aged
