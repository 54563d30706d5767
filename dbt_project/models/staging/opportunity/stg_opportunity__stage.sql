{# The stage of every version of a deal, twice: in the deal's stage set of today, by which its visits are told, and in the set that the version's own
   fields choose (`own_`), by which it was told then. A close later than the as-of date has not happened yet: such a version keeps the stage of the
   version before. One row per deal and version. #}
{%- set so_far = 'partition by mapped.opportunity_id order by mapped.version_number rows between unbounded preceding and current row' -%}
with record as (

    select
        *,
        concat(source_system, ':', _record_key) as opportunity_id,
        coalesce(created_date, {{ business_date('created_at') }}) as known_created_date,
        coalesce(closed_date, {{ business_date('closed_at') }}) as known_closed_date
    from {{ ref('stg_record__opportunity') }}

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
        on record.source_system = stage_set.source_system
        and record._record_key = stage_set._record_key
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
        on mapped.source_system = then_set.source_system
        and mapped._record_key = then_set._record_key
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

visible as (

    select
        mapped.*,
        coalesce(elsewhere.stage_set_code, mapped.stage_set_code) as own_stage_set_code,
        case when elsewhere.opportunity_id is null then mapped.stage_code else elsewhere.stage_code end as own_stage_code,
        coalesce(elsewhere.is_won, mapped.is_won_stage) as own_is_won,
        coalesce(elsewhere.is_lost, mapped.is_lost_stage) as own_is_lost,
        {{ last_known('case when not coalesce(mapped.is_future_close, false) then mapped.version_number end', so_far) }} as stage_version_number
    from mapped
    left join elsewhere on mapped.opportunity_id = elsewhere.opportunity_id and mapped.version_number = elsewhere.version_number

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
        or (shown.stage_code is null and coalesce(version.known_closed_date <= {{ as_of_date() }}, false)) as is_closed,
    coalesce(version.is_future_close, false) as is_future_close,
    coalesce(shown.own_stage_set_code, version.own_stage_set_code) as own_stage_set_code,
    shown.own_stage_code,
    coalesce(shown.own_is_won, false) as own_is_won,
    coalesce(shown.own_is_lost, false) as own_is_lost,
    coalesce(shown.own_is_won or shown.own_is_lost, false)
        or (shown.own_stage_code is null and coalesce(version.known_closed_date <= {{ as_of_date() }}, false)) as own_is_closed,
    version.created_at,
    version.known_created_date as created_date,
    version.closed_at,
    version.known_closed_date as closed_date,
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
