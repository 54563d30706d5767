{#- words that no code stands for, by entity: their issue begins with the version that first said so -#}
{%- set words = {
    'opportunity': ['opportunity_type', 'forecast_category', 'lead_source', 'loss_reason'], 'activity': ['activity_type', 'direction', 'time_class'],
    'customer': ['preference', 'industry', 'size', 'segment', 'region']
} -%}
{%- set lineage = ['_delivery_id', '_delivered_at', '_source_file', '_sheet', '_row_number'] -%}
with unresolved as (

    select * from {{ ref('stg_resolution__reference') }}
    union all
    select * from {{ ref('stg_resolution__code') }}

),

said as (

    {% for entity, fields in words.items() -%}
    {%- set versions = 'stg_record__' ~ entity -%}
    select
        unresolved.entity,
        unresolved.source_system,
        unresolved._record_key,
        unresolved.field_name,
        record.version_number,
        case unresolved.field_name
            {%- for field in fields %}
            when '{{ field }}' then record.{{ field }}
            {%- endfor %}
        end = unresolved.reference_text as is_same,
        {%- for column in lineage %}
        record.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from unresolved
    inner join {{ ref(versions) }} as record
        on unresolved.source_system = record.source_system and unresolved._record_key = record._record_key
    where unresolved.entity = '{{ entity }}' and unresolved.field_name in ('{{ fields | join("', '") }}')
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

compared as (

    select
        *,
        max(case when coalesce(is_same, false) then 0 else version_number end) over (
            partition by entity, source_system, _record_key, field_name
        ) as last_other_number
    from said

),

begun as (

    select *
    from compared
    where version_number = last_other_number + 1

),

located as (

    select
        unresolved.*,
        {%- for column in lineage %}
        case when begun.entity is null then version.{{ column }} else begun.{{ column }} end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from unresolved
    left join begun
        on unresolved.entity = begun.entity
        and unresolved.source_system = begun.source_system
        and unresolved._record_key = begun._record_key
        and unresolved.field_name = begun.field_name
    left join {{ ref('ledger_record_version') }} as version
        on unresolved.entity = version.entity
        and unresolved.source_system = version.source_system
        and unresolved._record_key = version._record_key
        and version.is_current
    where coalesce(version.ended_by_code, 'open') = 'open'

),

concerned as (

    select 'opportunity' as entity, concat(source_system, ':', _record_key) as record_id, opportunity_id, owner_id from {{ ref('opportunity') }}
    union all
    select 'opportunity_line', opportunity_line_id, opportunity_id, cast(null as string) from {{ ref('opportunity_line') }}
    union all
    select 'opportunity_competitor', opportunity_competitor_id, opportunity_id, cast(null as string) from {{ ref('opportunity_competitor') }}
    union all
    select 'activity', activity_id, opportunity_id, owner_id from {{ ref('activity') }}
    union all
    select 'customer', customer_id, cast(null as string), owner_id from {{ ref('customer') }}
    union all
    select 'contact', contact_id, cast(null as string), owner_id from {{ ref('contact') }}
    union all
    select 'lead', lead_id, converted_opportunity_id, owner_id from {{ ref('lead') }}
    union all
    select 'transaction_card', transaction_card_id, opportunity_id, owner_id from {{ ref('transaction_card') }}

),

unmapped_person as (

    select record_id as owner_id, min(reference_text) as reference_text, min(reference_source) as reference_source,
        max(match_code) as match_code, max(candidate_count) as candidate_count
    from {{ ref('stg_reference__owner') }}
    where match_code in ('stub', 'ambiguous')
    group by record_id

)

select
    concat(located.entity, ':', located.source_system, ':', located._record_key, ':', located.field_name) as resolution_id,
    located.entity,
    concat(located.source_system, ':', located._record_key) as record_id,
    located.source_system,
    located.field_name,
    located.reference_text,
    located.reference_source,
    located.reason_code,
    located.candidate_count,
    concerned.opportunity_id,
    concerned.owner_id,
    located._delivery_id,
    located._delivered_at,
    located._source_file,
    located._sheet,
    located._row_number
from located
left join concerned
    on located.entity = concerned.entity
    and concat(located.source_system, ':', located._record_key) = concerned.record_id
union all
select
    concat('owner:', owner_id, ':owner'),
    'owner',
    owner_id,
    reference_source,
    'owner',
    reference_text,
    reference_source,
    case when match_code = 'ambiguous' then 'ambiguous' else 'unmapped' end,
    candidate_count,
    cast(null as string),
    owner_id,
    cast(null as string),
    cast(null as timestamp),
    cast(null as string),
    cast(null as string),
    cast(null as bigint)
from unmapped_person
