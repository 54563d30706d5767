{# Versions of every record: a version starts with other content or after a vanishing, and ends with the next or a vanishing. #}
{%- set so_far = 'partition by source_system, entity, _record_key order by delivery_order, is_exit '
    ~ 'rows between unbounded preceding and 1 preceding' -%}
with single as (

    select * from {{ ref('ledger_key') }}
    where is_single and _record_hash is not null

),

step as (

    select * from {{ ref('ledger_step') }}

),

event as (

    select
        *,
        {{ last_known('_record_hash', so_far) }} as known_hash,
        lag(is_vanishing) over (partition by source_system, entity, _record_key order by delivery_order, is_exit) as follows_vanishing
    from {{ ref('ledger_record_event') }}
    where not is_exit or is_vanishing

),

boundary as (

    select
        *,
        coalesce(_record_hash, known_hash) as content_hash,
        case
            when is_vanishing then null
            when coalesce(_record_hash, known_hash) is null then null
            when known_hash is null then 'new'
            when follows_vanishing then 'returned'
            when _record_hash <> known_hash then 'changed'
        end as started_by_code
    from event

),

span as (

    select
        *,
        sum(case when started_by_code is not null then 1 else 0 end) over in_order as version_number,
        lead(delivered_at) over in_order as valid_to_at,
        lead(delivered_date) over in_order as valid_to_date,
        lead(is_vanishing) over in_order as is_ended_by_vanishing,
        lead(is_uncertain) over in_order as is_end_uncertain,
        min(case when started_by_code is not null then delivery_order end) over (
            partition by source_system, entity, _record_key order by delivery_order, is_exit rows between 1 following and unbounded following
        ) as following_start,
        max(case when is_partial or _record_hash is null then 1 else 0 end) over (partition by source_system, entity, _record_key) = 1 as has_undelivered_columns
    from boundary
    where started_by_code is not null or is_vanishing
    window in_order as (partition by source_system, entity, _record_key order by delivery_order, is_exit)

)

select
    source_system,
    entity,
    _record_key,
    cast(version_number as bigint) as version_number,
    content_hash as _record_hash,
    _record_hash is not null as has_own_row,
    has_undelivered_columns,
    started_by_code,
    delivered_at as valid_from_at,
    delivered_date as valid_from_date,
    valid_to_at,
    valid_to_date,
    case when is_ended_by_vanishing is null then 'open' when is_ended_by_vanishing then 'vanished' else 'changed' end as ended_by_code,
    coalesce(is_ended_by_vanishing and is_end_uncertain, false) as is_end_uncertain,
    following_start is null as is_current,
    previous_delivered_at,
    previous_delivered_date,
    delivery_id as _delivery_id,
    delivered_at as _delivered_at,
    delivery_order as _delivery_order,
    _loaded_at,
    _source_file,
    _sheet,
    _row_number
from span
where started_by_code is not null
union all
select
    single.source_system,
    single.entity,
    single._record_key,
    cast(1 as bigint),
    single._record_hash,
    true,
    step.is_partial,
    'new',
    step.delivered_at,
    step.delivered_date,
    cast(null as timestamp),
    cast(null as date),
    'open',
    false,
    true,
    step.previous_delivered_at,
    step.previous_delivered_date,
    step.delivery_id,
    step.delivered_at,
    single.delivery_order,
    step._loaded_at,
    step.original_name,
    single._sheet,
    single._row_number
from single
inner join step
    on single.source_system = step.source_system and single.entity = step.entity and single.delivery_order = step.delivery_order
