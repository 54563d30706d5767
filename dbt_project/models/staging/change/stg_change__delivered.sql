{# Stage changes that a source delivers as such: native with an instant, declared with a day. Of a deal that goes on in another source, each source tells
   of its own time alone; that a deal was put into a stage where it was carried over to is no change. One row per delivered change. #}
with record as (

    {{ current_records('stage_change') }}

),

placed as (

    select
        record.*,
        opportunity_match.record_id as opportunity_id,
        changed_by_match.record_id as changed_by_owner_id,
        coalesce(record.changed_date, {{ business_date('record.changed_at') }}) as known_changed_date,
        coalesce(record.opportunity_source, record.source_system) as deal_source
    from record
    {{ reference_join('opportunity', 'opportunity') }}
    {{ reference_join('changed_by', 'owner') }}
    where not record.is_vanished

),

carried_over as (

    select
        placed.record_id,
        part.changes_from_date,
        part.until_date,
        part.part_number > 1
            and placed.from_stage is null
            and row_number() over (
                partition by placed.opportunity_id, placed.deal_source
                order by placed.known_changed_date, placed.changed_at nulls last, placed._record_key
            ) = 1 as is_carrying_over
    from placed
    inner join {{ ref('stg_opportunity__continuation') }} as part
        on placed.opportunity_id = part.opportunity_id
        and placed.deal_source = part.source_system

)

select
    placed.record_id as stage_change_id,
    placed.opportunity_id,
    placed.changed_at,
    placed.known_changed_date as changed_date,
    cast(null as timestamp) as changed_not_before_at,
    cast(null as date) as changed_not_before_date,
    deal.stage_set_code,
    coalesce(from_own.stage_code, from_any.stage_code) as from_stage_code,
    coalesce(to_own.stage_code, to_any.stage_code) as to_stage_code,
    placed.from_stage as from_source_stage_name,
    placed.to_stage as to_source_stage_name,
    placed.changed_by_owner_id,
    case when placed.changed_at is not null then 'native' else 'declared' end as evidence_code,
    cast(null as timestamp) as known_at,
    false as is_first_seen,
    placed.source_system,
    placed._record_key as source_record_id,
    placed._delivery_id,
    placed._delivered_at,
    placed._loaded_at,
    placed._record_key,
    placed._record_hash,
    placed._source_file,
    placed._sheet,
    placed._row_number,
    placed._extra
from placed
inner join {{ ref('stg_opportunity__stage') }} as deal
    on placed.opportunity_id = deal.opportunity_id
    and deal.is_current
{%- for side in ['from', 'to'] %}
left join {{ ref('stg_reference__stage_name') }} as {{ side }}_own
    on placed.source_system = {{ side }}_own.source_system
    and deal.stage_set_code = {{ side }}_own.stage_set_code
    and placed.{{ side }}_stage = {{ side }}_own.source_stage_name
left join {{ ref('stg_reference__stage_name') }} as {{ side }}_any
    on {{ side }}_any.source_system = '*'
    and deal.stage_set_code = {{ side }}_any.stage_set_code
    and placed.{{ side }}_stage = {{ side }}_any.source_stage_name
{%- endfor %}
left join carried_over on placed.record_id = carried_over.record_id
where placed.known_changed_date <= {{ as_of_date() }}
    and not coalesce(carried_over.is_carrying_over, false)
    and coalesce(placed.known_changed_date >= carried_over.changes_from_date, true)
    and coalesce(placed.known_changed_date < carried_over.until_date, true)
