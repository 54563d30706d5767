{# One row per text that names a person: by people.csv, else a source's list by key or name, else an owner of its own. #}
with reference_text as (
    {{ reference_texts('owner') }}
),

named as (

    select source_system, owner_name, min(owner_id) as owner_id, count(distinct owner_id) as owner_count
    from {{ ref('stg_reference__owner_record') }}
    where owner_name is not null
    group by source_system, owner_name

),

found as (

    select
        reference_text.*,
        coalesce(alias_own.owner_id, case when alias_own.alias_text is null then alias_any.owner_id end) as alias_id,
        coalesce(alias_own.owner_count, alias_any.owner_count, 0) as alias_count,
        record.owner_id as record_owner_id,
        case when named.owner_count = 1 then named.owner_id end as named_owner_id
    from reference_text
    left join {{ ref('stg_reference__alias') }} as alias_own
        on reference_text.reference_text = alias_own.alias_text
        and reference_text.reference_source = alias_own.alias_source
    left join {{ ref('stg_reference__alias') }} as alias_any
        on reference_text.reference_text = alias_any.alias_text
        and alias_any.alias_source = '*'
    left join {{ ref('stg_reference__owner_record') }} as record
        on reference_text.reference_source = record.source_system
        and reference_text.reference_text = record._record_key
    left join named
        on reference_text.reference_source = named.source_system
        and reference_text.reference_text = named.owner_name

)

select
    reference_source,
    reference_by,
    reference_text,
    coalesce(alias_id, record_owner_id, named_owner_id, concat(reference_source, ':', reference_text)) as record_id,
    case
        when coalesce(alias_id, record_owner_id, named_owner_id) like 'playbook:%' then 'matched'
        when alias_count > 1 then 'ambiguous'
        when coalesce(record_owner_id, named_owner_id) is not null then 'unmapped'
        else 'stub'
    end as match_code,
    cast(case
        when alias_count > 1 then alias_count
        when coalesce(alias_id, record_owner_id, named_owner_id) is null then 0
        else 1
    end as bigint) as candidate_count
from found
