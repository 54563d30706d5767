{{ config(materialized='view') }}
{# Versions of deals: those of one record each, or, where one record continues another (stg_opportunity__continuation), those of both in one row of numbers
   without a gap, each within the time in which its record tells. `source_system` and `_record_key` say whose version it is, so that words, names and
   stages are understood as that source means them; `opportunity_id` says whose deal. A continued deal was created when its first source says,
   not on the day it was carried over; what the later source says counts if it is earlier. One row per deal and version. #}
{%- set told = ['opportunity_id', 'version_number', 'started_by_code', '_valid_from_at', '_valid_from_date', '_valid_to_at', '_valid_to_date', 'ended_by_code',
    'is_end_uncertain', 'is_current', 'previous_delivered_at', 'previous_delivered_date', 'created_at', 'created_date'] -%}
{%- set lineage = ['source_system', '_record_key', '_record_hash', '_delivery_id', '_delivered_at', '_loaded_at', '_source_file', '_sheet', '_row_number'] -%}
{%- set columns = columns_but('opportunity', told) -%}
{%- set in_order = 'partition by opportunity_id order by deal_version_number' -%}
with records as (

    select * from {{ ref('stg_record__opportunity') }}

),

parts as (

    select * from {{ ref('stg_opportunity__continuation') }}

),

kept as (

    select
        records.*,
        parts.opportunity_id,
        parts.part_number,
        parts.heard_at,
        parts.heard_date,
        parts.from_at,
        parts.from_date,
        parts.until_at,
        row_number() over (partition by parts.opportunity_id order by parts.part_number, records.version_number) as deal_version_number,
        greatest(records._valid_from_at, coalesce(parts.from_at, records._valid_from_at)) as starts_at,
        greatest(records._valid_from_date, coalesce(parts.from_date, records._valid_from_date)) as starts_date,
        case when records._valid_to_date is not null then greatest(records._valid_to_date, coalesce(parts.from_date, records._valid_to_date)) end as ends_date,
        parts.until_date,
        coalesce(records.created_date, {{ business_date('records.created_at') }}) as known_created_date
    from records
    inner join parts on records.source_system = parts.source_system and records._record_key = parts._record_key
    where parts.has_begun
        and coalesce(records._valid_from_date < parts.until_date, true)
        and coalesce(records._valid_to_at > parts.from_at, true)

),

{# the last version of a part goes on until the next part begins, unless it vanished before #}
cut as (

    select
        *,
        until_date is not null
            and coalesce(lead(part_number) over ({{ in_order }}) <> part_number, true)
            and (ended_by_code <> 'vanished' or ends_date >= until_date) as is_cut
    from kept

),

ended as (

    select
        *,
        case
            when not is_cut then ended_by_code
            when lead(starts_at) over ({{ in_order }}) = until_at then 'changed'
            else 'vanished'
        end as deal_ended_by_code,
        min(starts_date) over (partition by opportunity_id) as first_date,
        min(part_number) over (partition by opportunity_id) as first_part_number,
        lag(part_number) over ({{ in_order }}) as last_part_number,
        lead(part_number) over ({{ in_order }}) is null as is_last
    from cut

),

joined as (

    select
        *,
        lag(deal_ended_by_code) over ({{ in_order }}) as last_ended_by_code,
        max(case when part_number = first_part_number and known_created_date is not null then deal_version_number end) over (
            partition by opportunity_id
        ) as origin_number
    from ended

),

dated as (

    select
        joined.*,
        origin.created_at as origin_created_at,
        origin.created_date as origin_created_date,
        joined.part_number = joined.first_part_number
            or coalesce(joined.known_created_date <= joined.first_date and coalesce(joined.known_created_date < origin.known_created_date, true), false) as is_own_creation
    from joined
    left join joined as origin on joined.opportunity_id = origin.opportunity_id and joined.origin_number = origin.deal_version_number

)

select
    {%- for name in lineage %}
    records.{{ name }},
    {%- endfor %}
    concat(records.source_system, ':', records._record_key) as opportunity_id,
    {%- for name in told[1:] + (columns or []) %}
    records.{{ name }},
    {%- endfor %}
    records.version_number as _record_version_number
from records
left join parts on records.source_system = parts.source_system and records._record_key = parts._record_key
where parts.opportunity_id is null
union all
select
    {%- for name in lineage %}
    {{ name }},
    {%- endfor %}
    opportunity_id,
    cast(deal_version_number as bigint) as version_number,
    case
        when deal_version_number = 1 then 'new'
        when part_number = last_part_number then started_by_code
        when last_ended_by_code = 'vanished' then 'returned'
        else 'changed'
    end as started_by_code,
    starts_at as _valid_from_at,
    starts_date as _valid_from_date,
    case when is_cut then until_at else _valid_to_at end as _valid_to_at,
    case when is_cut then until_date else ends_date end as _valid_to_date,
    deal_ended_by_code as ended_by_code,
    not is_cut and is_end_uncertain as is_end_uncertain,
    is_last as is_current,
    case
        when part_number > last_part_number then heard_at
        when previous_delivered_at < from_at then from_at
        else previous_delivered_at
    end as previous_delivered_at,
    case
        when part_number > last_part_number then heard_date
        when previous_delivered_date < from_date then from_date
        else previous_delivered_date
    end as previous_delivered_date,
    case when is_own_creation then created_at else origin_created_at end as created_at,
    case when is_own_creation then created_date else origin_created_date end as created_date,
    {%- for name in columns or [] %}
    {{ name }},
    {%- endfor %}
    version_number as _record_version_number
from dated
