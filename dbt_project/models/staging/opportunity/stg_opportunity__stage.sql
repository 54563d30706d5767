{# The stage of every version of a deal, twice: in the deal's stage set of today, by which its visits are told, and in the set that the version's own
   fields choose (`own_`), by which it was told then. A close later than the as-of date has not happened yet: such a version keeps the stage of the
   version before. One row per deal and version. #}
{%- set so_far = 'partition by mapped.opportunity_id order by mapped.version_number rows between unbounded preceding and current row' -%}
with record as (

    select
        *,
        coalesce(created_date, {{ business_date('created_at') }}) as known_created_date,
        coalesce(closed_date, {{ business_date('closed_at') }}) as known_closed_date
    from {{ ref('stg_opportunity__version') }}

),

mapped as (

    select
        record.*,
        coalesce(stage_set.stage_set_code, 'default') as stage_set_code,
        stage_set.stage_set_rule_code,
        stage.stage_code,
        stage.stage_number,
        coalesce(stage.is_won, false) as is_won_stage,
        coalesce(stage.is_lost, false) as is_lost_stage,
        (stage.is_won or stage.is_lost) and record.known_closed_date > {{ as_of_date() }} as is_future_close
    from record
    left join {{ ref('stg_reference__stage_set') }} as stage_set
        on record.opportunity_id = stage_set.opportunity_id
        and stage_set.is_current
    left join {{ ref('stg_reference__stage_name') }} as own
        on record.source_system = own.source_system
        and stage_set.stage_set_code = own.stage_set_code
        and record.stage = own.source_stage_name
    left join {{ ref('stg_reference__stage_name') }} as anyone
        on anyone.source_system = '*'
        and stage_set.stage_set_code = anyone.stage_set_code
        and record.stage = anyone.source_stage_name
    left join {{ ref('stg_reference__stage') }} as stage
        on stage_set.stage_set_code = stage.stage_set_code
        and coalesce(own.stage_code, anyone.stage_code) = stage.stage_code

),

{# few versions were judged by another set than their deal is today #}
elsewhere as (

    select
        mapped.opportunity_id,
        mapped.version_number,
        then_set.stage_set_code,
        stage.stage_code,
        coalesce(stage.is_won, false) as is_won,
        coalesce(stage.is_lost, false) as is_lost
    from mapped
    inner join {{ ref('stg_reference__stage_set') }} as then_set
        on mapped.opportunity_id = then_set.opportunity_id
        and mapped.version_number = then_set.version_number
        and mapped.stage_set_code <> then_set.stage_set_code
    left join {{ ref('stg_reference__stage_name') }} as own
        on mapped.source_system = own.source_system
        and then_set.stage_set_code = own.stage_set_code
        and mapped.stage = own.source_stage_name
    left join {{ ref('stg_reference__stage_name') }} as anyone
        on anyone.source_system = '*'
        and then_set.stage_set_code = anyone.stage_set_code
        and mapped.stage = anyone.source_stage_name
    left join {{ ref('stg_reference__stage') }} as stage
        on then_set.stage_set_code = stage.stage_set_code
        and coalesce(own.stage_code, anyone.stage_code) = stage.stage_code

),

{# a deal that was closed when another source took it over, and is so there, was closed when the first one says #}
continued as (

    select
        mapped.*,
        case when is_won_stage then 'won' when is_lost_stage then 'lost' else 'none' end as result_code,
        max(case when is_won_stage then 'won' when is_lost_stage then 'lost' else 'none' end) over (
            partition by mapped.opportunity_id order by mapped.version_number rows between 1 preceding and 1 preceding
        ) as last_result_code
    from mapped
    inner join {{ ref('stg_opportunity__continuation') }} as part on mapped.opportunity_id = part.opportunity_id and part.part_number = 1

),

spell as (

    select
        *,
        sum(case when result_code = last_result_code then 0 else 1 end) over (
            partition by opportunity_id order by version_number rows between unbounded preceding and current row
        ) as spell_number
    from continued

),

closing as (

    select
        *,
        first_value(source_system) over (partition by opportunity_id, spell_number order by version_number) as first_source
    from spell
    where result_code <> 'none'

),

carried_over as (

    select
        closing.opportunity_id,
        closing.version_number,
        first_told.closed_at,
        first_told.known_closed_date
    from closing
    inner join (
        select
            *,
            row_number() over (partition by opportunity_id, spell_number order by version_number desc) as recency_number
        from closing
        where source_system = first_source and known_closed_date is not null
    ) as first_told
        on closing.opportunity_id = first_told.opportunity_id
        and closing.spell_number = first_told.spell_number
        and first_told.recency_number = 1
    where closing.source_system <> closing.first_source

),

visible as (

    select
        mapped.*,
        coalesce(elsewhere.stage_set_code, mapped.stage_set_code) as own_stage_set_code,
        case when elsewhere.opportunity_id is null then mapped.stage_code else elsewhere.stage_code end as own_stage_code,
        coalesce(elsewhere.is_won, mapped.is_won_stage) as own_is_won,
        coalesce(elsewhere.is_lost, mapped.is_lost_stage) as own_is_lost,
        case when carried_over.opportunity_id is null then mapped.closed_at else carried_over.closed_at end as told_closed_at,
        case when carried_over.opportunity_id is null then mapped.known_closed_date else carried_over.known_closed_date end as told_closed_date,
        {{ last_known('case when not coalesce(mapped.is_future_close, false) then mapped.version_number end', so_far) }} as stage_version_number
    from mapped
    left join elsewhere on mapped.opportunity_id = elsewhere.opportunity_id and mapped.version_number = elsewhere.version_number
    left join carried_over on mapped.opportunity_id = carried_over.opportunity_id and mapped.version_number = carried_over.version_number

)

select
    version.opportunity_id,
    version.source_system,
    version._record_key,
    version.version_number,
    version.is_current,
    version.stage_set_code,
    version.stage_set_rule_code,
    shown.stage as source_stage_name,
    shown.stage_code,
    shown.stage_number,
    coalesce(shown.is_won_stage, false) as is_won,
    coalesce(shown.is_lost_stage, false) as is_lost,
    coalesce(shown.is_won_stage or shown.is_lost_stage, false)
        or (shown.stage_code is null and coalesce(version.told_closed_date <= {{ as_of_date() }}, false)) as is_closed,
    coalesce(version.is_future_close, false) as is_future_close,
    coalesce(shown.own_stage_set_code, version.own_stage_set_code) as own_stage_set_code,
    shown.own_stage_code,
    coalesce(shown.own_is_won, false) as own_is_won,
    coalesce(shown.own_is_lost, false) as own_is_lost,
    coalesce(shown.own_is_won or shown.own_is_lost, false)
        or (shown.own_stage_code is null and coalesce(version.told_closed_date <= {{ as_of_date() }}, false)) as own_is_closed,
    version.created_at,
    version.known_created_date as created_date,
    version.told_closed_at as closed_at,
    version.told_closed_date as closed_date,
    version._valid_from_at as valid_from_at,
    version._valid_from_date as valid_from_date,
    version.previous_delivered_at,
    version.previous_delivered_date,
    version._delivery_id,
    version._delivered_at,
    version._loaded_at,
    version._record_hash,
    version._source_file,
    version._sheet,
    version._row_number
from visible as version
left join visible as shown
    on version.opportunity_id = shown.opportunity_id
    and version.stage_version_number = shown.version_number
