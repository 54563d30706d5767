{# All changes by all witnesses, those only observed before a close learnt later moved to that close's day. One row per change. #}
{%- set known_date = "case when late_close.stage_change_id is not null and not late_close.is_after_close"
    ~ " then late_close.close_date else change.changed_date end" -%}
with change as (

    select *, case evidence_code when 'native' then 1 else 2 end as evidence_rank from {{ ref('stg_change__delivered') }}
    union all
    select *, 2 from {{ ref('stg_change__declared') }}
    union all
    select *, 3 from {{ ref('stg_change__observed') }}

),

closing as (

    select stage_change_id, opportunity_id, changed_date, known_at
    from change
    where evidence_code = 'declared'
        and stage_change_id like '%#closed:%'

),

late_close as (

    select
        change.stage_change_id,
        min(closing.changed_date) as close_date,
        max(case when closing.changed_date < change.changed_not_before_date then 1 else 0 end) = 1 as is_after_close
    from change
    inner join closing
        on change.opportunity_id = closing.opportunity_id
        and closing.known_at > change.known_at
        and closing.changed_date < change.changed_date
    where change.evidence_code = 'observed'
    group by change.stage_change_id

)

select
    change.stage_change_id,
    change.opportunity_id,
    case when late_close.stage_change_id is null then change.changed_at end as changed_at,
    case when late_close.stage_change_id is not null and not late_close.is_after_close then late_close.close_date else change.changed_date end as changed_date,
    change.changed_not_before_at,
    change.changed_not_before_date,
    change.stage_set_code,
    change.from_stage_code,
    change.to_stage_code,
    change.from_source_stage_name,
    change.to_source_stage_name,
    change.changed_by_owner_id,
    change.evidence_code,
    change.evidence_rank,
    change.known_at,
    change.is_first_seen,
    coalesce(late_close.is_after_close, false) as is_after_close,
    coalesce(closing.stage_change_id is not null, false) as is_close,
    case
        when change.stage_change_id like '%#created' and change.changed_at is null then {{ utc_of_local('cast(change.changed_date as timestamp)') }}
        when late_close.stage_change_id is null and change.changed_at is not null then change.changed_at
        else {{ utc_of_local("cast(" ~ date_add_days(known_date, 1) ~ " as timestamp)") }}
    end as order_at,
    change.source_system,
    change.source_record_id,
    change._delivery_id,
    change._delivered_at,
    change._loaded_at,
    change._record_key,
    change._record_hash,
    change._source_file,
    change._sheet,
    change._row_number,
    change._extra
from change
left join late_close on change.stage_change_id = late_close.stage_change_id
left join closing on change.stage_change_id = closing.stage_change_id
