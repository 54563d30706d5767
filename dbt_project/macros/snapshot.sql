{# What past publications held. Belongs here: finding a publication's rows in the ledger. Does not: what they mean (models). #}

{# the records of an entity in the latest publication strictly earlier than this run's own date: a run never reads what it is about to write #}
{% macro last_published(entity) -%}
with deliveries as (

    select
        source_system,
        membership_id,
        delivered_date as published_date,
        row_number() over (order by delivered_date desc, delivery_order desc, delivery_id) as recency_number
    from {{ ref('stg_ledger__delivery') }}
    where entity = '{{ entity }}' and source_kind = 'publication' and is_live and delivered_date < {{ as_of_date() }}

)

select deliveries.published_date, content.*
from deliveries
inner join {{ source('raw_ledger', 'membership') }} as member on deliveries.membership_id = member._membership_id
inner join {{ ref('stg_publication__' ~ entity) }} as content
    on deliveries.source_system = content.source_system
    and member._record_key = content._record_key
    and member._record_hash = content._record_hash
where deliveries.recency_number = 1 and not member._is_refused
{%- endmacro %}
