{# Changes that a deal's own dates declare: creation, where the first stage known is the lowest of its set; each closing, by the last date
   given for it before the deal is reopened. The first stage known is the one that the first delivered change left (else entered), if that
   change came before the deal was first seen: a log that opens with "Contact > Need" says where the deal had stood. One row per such change. #}
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

delivered as (

    select
        *,
        row_number() over (partition by opportunity_id order by changed_date, changed_at nulls last, stage_change_id) as age_number
    from {{ ref('stg_change__delivered') }}

),

first_stage as (

    select
        spell.opportunity_id,
        case
            when delivered.opportunity_id is null then spell.stage_code
            when delivered.from_source_stage_name is not null then delivered.from_stage_code
            else delivered.to_stage_code
        end as first_stage_code,
        case
            when delivered.opportunity_id is null then spell.source_stage_name
            else coalesce(delivered.from_source_stage_name, delivered.to_source_stage_name)
        end as first_stage_name
    from spell
    left join delivered
        on spell.opportunity_id = delivered.opportunity_id
        and delivered.age_number = 1
        and delivered.changed_date <= spell.valid_from_date
    where spell.version_number = 1

),

declared as (

    select
        spell.*,
        'closed:' || cast(spell_number as string) as change_name,
        stage_code as changed_to_code,
        source_stage_name as changed_to_name,
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
        first_stage.first_stage_code as changed_to_code,
        first_stage.first_stage_name as changed_to_name,
        spell.created_at as changed_at,
        spell.created_date as changed_date,
        cast(null as string) as from_code,
        cast(null as string) as from_name
    from spell
    inner join first_stage on spell.opportunity_id = first_stage.opportunity_id
    inner join {{ ref('stg_reference__stage') }} as stage
        on spell.stage_set_code = stage.stage_set_code and first_stage.first_stage_code = stage.stage_code
    inner join lowest on stage.stage_set_code = lowest.stage_set_code and stage.stage_number = lowest.stage_number
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
    changed_to_code as to_stage_code,
    from_name as from_source_stage_name,
    changed_to_name as to_source_stage_name,
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
