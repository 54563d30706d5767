{# References, people and codes that nobody could resolve #}
{{ config(materialized=step()) }}
with unresolved as (

    select
        *,
        case
            when field_name = 'stage' then null
            when field_name in ('owner', 'modified_by', 'changed_by', 'recorded_by') then 'FNL-706'
            when field_name = 'customer' and reason_code = 'ambiguous' then 'FNL-704'
            when field_name = 'customer' then 'FNL-703'
            when field_name = 'product' then 'FNL-729'
            when field_name = 'opportunity' and entity = 'activity' then 'FNL-725'
            when reason_code = 'unmapped' then 'FNL-733'
            else 'FNL-734'
        end as rule_code,
        case when entity = 'owner' then record_id end as person_id
    from {{ ref('resolution') }}

),

{# a person nobody mapped is no row of any file: shown where the name first owned a deal #}
first_owned as (

    select *
    from (
        select
            versions.*,
            row_number() over (partition by owner_id order by valid_from_at, opportunity_id, version_number) as rank_number
        from {{ ref('opportunity_version') }} as versions
    ) as ranked
    where rank_number = 1

)

select
    unresolved.rule_code,
    unresolved.entity,
    unresolved.record_id,
    unresolved.field_name as span_key,
    unresolved.opportunity_id,
    unresolved.owner_id,
    coalesce({{ business_date('unresolved._delivered_at') }}, first_owned.valid_from_date) as first_seen_date,
    cast(null as date) as last_seen_date,
    concat(unresolved.field_name, ': ', coalesce(unresolved.reference_text, '-')) as detail,
    unresolved.source_system,
    coalesce(unresolved._delivery_id, first_owned._delivery_id) as _delivery_id,
    coalesce(unresolved._source_file, first_owned._source_file) as _source_file,
    coalesce(unresolved._sheet, first_owned._sheet) as _sheet,
    coalesce(unresolved._row_number, first_owned._row_number) as _row_number
from unresolved
left join first_owned on unresolved.person_id = first_owned.owner_id
where unresolved.rule_code is not null
