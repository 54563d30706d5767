with judged as (

    select
        *,
        is_candidate and coalesce(to_stage_code <> previous_visit_stage_code, true) as is_visit,
        is_candidate and coalesce(to_stage_code = previous_visit_stage_code, false) as is_repeated
    from {{ ref('stg_change__judged') }}

)

select
    stage_change_id,
    opportunity_id,
    changed_at,
    changed_date,
    changed_not_before_at,
    changed_not_before_date,
    cast(row_number() over in_order as bigint) as change_number,
    case when is_visit then cast(sum(case when is_visit then 1 else 0 end) over in_order as bigint) end as visit_change_number,
    stage_set_code,
    coalesce(from_stage_code, previous_visit_stage_code) as from_stage_code,
    to_stage_code,
    from_source_stage_name,
    to_source_stage_name,
    changed_by_owner_id,
    evidence_code,
    is_first_seen,
    explained_by_stage_change_id is not null or is_repeated as is_explained,
    case when is_repeated then previous_visit_change_id else explained_by_stage_change_id end as explained_by_stage_change_id,
    is_contradiction,
    is_visit,
    {{ lineage_columns('judged') | replace('judged._record_key as source_record_id', 'judged.source_record_id') }}
from judged
window in_order as (
    partition by opportunity_id
    order by changed_date, order_at, case when is_close then 1 else 0 end, evidence_rank, known_at nulls first, stage_change_id
)
