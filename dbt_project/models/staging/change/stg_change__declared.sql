{# Changes that a deal's own dates declare: creation, where the first stage seen is the lowest of its set; each closing, by the last date
   given for it before the deal is reopened. One row per such change. #}
with version as (

    select
        *,
        sum(case when stage_identity = previous_stage_identity then 0 else 1 end) over (
            partition by opportunity_id order by version_number rows between unbounded preceding and current row
        ) as spell_number
    from {{ ref('stg_change__version') }}

),

spell as (

    select
        *,
        min(valid_from_at) over (partition by opportunity_id, spell_number) as known_at,
        row_number() over (partition by opportunity_id, spell_number order by version_number desc) as recency_rank,
        first_value(previous_stage_code) over (partition by opportunity_id, spell_number order by version_number) as spell_from_code,
        first_value(previous_source_stage_name) over (partition by opportunity_id, spell_number order by version_number) as spell_from_name
    from version

),

lowest as (

    select stage_set_code, min(stage_number) as stage_number
    from {{ ref('stg_reference__stage') }}
    where not is_lost
    group by stage_set_code

),

declared as (

    select
        spell.*,
        'closed:' || cast(spell_number as string) as change_name,
        spell.closed_at as changed_at,
        spell.closed_date as changed_date,
        spell_from_code as from_code,
        spell_from_name as from_name
    from spell
    where recency_rank = 1
        and (is_won or is_lost)
        and closed_date is not null
    union all
    select
        spell.*,
        'created' as change_name,
        spell.created_at as changed_at,
        spell.created_date as changed_date,
        cast(null as string) as from_code,
        cast(null as string) as from_name
    from spell
    inner join lowest on spell.stage_set_code = lowest.stage_set_code and spell.stage_number = lowest.stage_number
    where version_number = 1
        and created_date <= valid_from_date

)

select
    concat(opportunity_id, '#', change_name) as stage_change_id,
    opportunity_id,
    changed_at,
    changed_date,
    cast(null as timestamp) as changed_not_before_at,
    cast(null as date) as changed_not_before_date,
    stage_set_code,
    from_code as from_stage_code,
    stage_code as to_stage_code,
    from_name as from_source_stage_name,
    source_stage_name as to_source_stage_name,
    cast(null as string) as changed_by_owner_id,
    'declared' as evidence_code,
    known_at,
    false as is_first_seen,
    source_system,
    _record_key as source_record_id,
    _delivery_id,
    _delivered_at,
    _loaded_at,
    _record_key,
    _record_hash,
    _source_file,
    _sheet,
    _row_number,
    cast(null as string) as _extra
from declared
where changed_date <= {{ as_of_date() }}
