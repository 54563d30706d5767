{# Only publications strictly earlier than this run's own date: a run never reads what it is about to write. #}
with record as (

    select
        step.delivered_date as published_date,
        member._record_key,
        member._record_hash,
        row_number() over (
            partition by step.delivered_date, member._record_key
            order by step.delivery_order desc, member._row_number nulls last, member._record_hash
        ) as recency_rank,
        step.source_system,
        step.delivery_id as _delivery_id,
        step.delivered_at as _delivered_at,
        step._loaded_at,
        dense_rank() over (partition by step.delivered_date order by step.delivery_order desc) as delivery_rank
    from {{ ref('stg_ledger__delivery') }} as step
    inner join {{ source('raw_ledger', 'membership') }} as member
        on step.membership_id = member._membership_id
    where step.entity = 'published_opportunity'
        and step.source_kind = 'publication'
        and step.is_live
        and step.delivered_date < {{ as_of_date() }}
        and not member._is_refused

)

select
    concat(cast(record.published_date as string), '#', record._record_key) as opportunity_as_published_id,
    record.published_date,
    record._record_key as opportunity_id,
    content.stage_set_code,
    content.stage_code,
    content.customer_id,
    content.owner_id,
    content.amount,
    content.amount_base,
    content.currency_code,
    content.expected_close_date,
    content.forecast_category_code,
    content.is_closed,
    content.is_won,
    content.closed_date,
    content.is_vanished,
    content.status_code,
    content.created_date,
    record._delivery_id,
    record._delivered_at,
    record._loaded_at,
    record._record_hash
from record
inner join {{ ref('stg_publication__published_opportunity') }} as content
    on record.source_system = content.source_system
    and record._record_key = content._record_key
    and record._record_hash = content._record_hash
where record.delivery_rank = 1
    and record.recency_rank = 1
