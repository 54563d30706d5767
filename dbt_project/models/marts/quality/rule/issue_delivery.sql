{# What went wrong with rows, deliveries and sources before any record could be judged #}
{{ config(materialized=step()) }}
with problems as (

    select
        case
            when action_code = 'refused' and record_id is null then 'FNL-720'
            when action_code = 'refused' then 'FNL-717'
            when action_code = 'blanked' then 'FNL-718'
            else 'FNL-727'
        end as rule_code,
        record_problem_id,
        entity,
        record_id,
        problem_code,
        column_name,
        raw_value,
        delivered_date,
        is_latest_in_scope,
        source_system,
        delivery_id,
        _source_file,
        _sheet,
        _row_number
    from {{ ref('record_problem') }}

),

deliveries as (

    select * from {{ ref('delivery_log') }} where delivered_date <= {{ as_of_date() }}

)

select
    rule_code,
    entity,
    coalesce(record_id, record_problem_id) as record_id,
    record_problem_id as span_key,
    case when entity = 'opportunity' then coalesce(parts.opportunity_id, record_id) end as opportunity_id,
    cast(null as string) as owner_id,
    delivered_date as first_seen_date,
    case when is_latest_in_scope then null else delivered_date end as last_seen_date,
    concat(problem_code, ' ', coalesce(column_name, ''), case when raw_value is null then '' else concat(' = ', raw_value) end) as detail,
    problems.source_system,
    delivery_id as _delivery_id,
    _source_file,
    _sheet,
    _row_number
from problems
left join {{ ref('opportunity_continuation') }} as parts
    on case when problems.entity = 'opportunity' then problems.record_id end = parts.opportunity_continuation_id
union all
select
    'FNL-719' as rule_code,
    entity,
    delivery_entity_id as record_id,
    'now' as span_key,
    cast(null as string) as opportunity_id,
    cast(null as string) as owner_id,
    delivered_date as first_seen_date,
    case when is_latest_in_scope then null else delivered_date end as last_seen_date,
    concat(cast(repeated_row_count as string), ' / ', cast(accepted_row_count as string)) as detail,
    source_system,
    delivery_id as _delivery_id,
    original_name as _source_file,
    cast(null as string) as _sheet,
    cast(null as bigint) as _row_number
from deliveries
where is_effective and repeated_row_count > 0
union all
select
    'FNL-722' as rule_code,
    entity,
    delivery_entity_id as record_id,
    'now' as span_key,
    cast(null as string) as opportunity_id,
    cast(null as string) as owner_id,
    delivered_date as first_seen_date,
    cast(null as date) as last_seen_date,
    concat(coalesce(state_reason, 'held'), ' ', scope) as detail,
    source_system,
    delivery_id as _delivery_id,
    original_name as _source_file,
    cast(null as string) as _sheet,
    cast(null as bigint) as _row_number
from deliveries
where state_code = 'held'
union all
{# said once for the delivery, by the first of its entities #}
select
    case when notes like '%"FNL-234"%' then 'FNL-710' else 'FNL-727' end as rule_code,
    entity,
    delivery_entity_id as record_id,
    'note' as span_key,
    cast(null as string) as opportunity_id,
    cast(null as string) as owner_id,
    delivered_date as first_seen_date,
    cast(null as date) as last_seen_date,
    notes as detail,
    source_system,
    delivery_id as _delivery_id,
    original_name as _source_file,
    cast(null as string) as _sheet,
    cast(null as bigint) as _row_number
from (
    select *, row_number() over (partition by delivery_id order by entity) as entity_number
    from deliveries
    where
        is_latest_in_scope
        -- a detected encoding (FNL-231) alone is nothing to act on: there must be another code
        and length(notes) - length(replace(notes, 'FNL-', '')) > length(notes) - length(replace(notes, 'FNL-231', 'xxx'))
) as noted
where entity_number = 1
union all
select
    'FNL-723' as rule_code,
    'file' as entity,
    refused_file_id as record_id,
    'now' as span_key,
    cast(null as string) as opportunity_id,
    cast(null as string) as owner_id,
    least(arrived_date, {{ as_of_date() }}) as first_seen_date,
    cast(null as date) as last_seen_date,
    concat(message_code, ' ', original_name) as detail,
    source_system,
    cast(null as string) as _delivery_id,
    original_name as _source_file,
    cast(null as string) as _sheet,
    cast(null as bigint) as _row_number
from {{ ref('refused_file') }}
where not is_mended
union all
select
    'FNL-721' as rule_code,
    entity,
    freshness_id as record_id,
    'now' as span_key,
    cast(null as string) as opportunity_id,
    cast(null as string) as owner_id,
    coalesce(stale_since_date, {{ as_of_date() }}) as first_seen_date,
    cast(null as date) as last_seen_date,
    concat(
        scope, ' ', coalesce(cast(last_delivered_date as string), '-'),
        ' +', coalesce(cast(since_delivery_days as string), '-'), ' > ', cast(fresh_within_days as string)
    ) as detail,
    source_system,
    cast(null as string) as _delivery_id,
    cast(null as string) as _source_file,
    cast(null as string) as _sheet,
    cast(null as bigint) as _row_number
from {{ ref('freshness') }}
where is_stale
