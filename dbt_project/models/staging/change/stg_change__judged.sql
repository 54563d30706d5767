{# The rule of several witnesses: a better-evidenced change to the same stage inside the interval explains a change; one to another stage
   contradicts it. Creation comes before whatever else its day brought: only a change out of nothing explains it, and none contradicts it.
   One row per change. #}
with change as (

    select
        *,
        greatest(changed_date, coalesce({{ business_date('changed_at') }}, changed_date)) as end_date,
        lag(order_at) over (partition by opportunity_id, evidence_code order by order_at, stage_change_id) as previous_order_at
    from {{ ref('stg_change__witness') }}

),

pair as (

    select
        change.stage_change_id,
        better.stage_change_id as better_id,
        better.order_at,
        better.to_stage_code = change.to_stage_code as is_same,
        change.evidence_code = 'observed' as is_observed,
        coalesce(better.known_at > change.known_at, false) as is_learnt_later,
        coalesce(change.previous_order_at > better.order_at, false) as is_overtaken,
        case
            when change.stage_change_id like '%#created'
                then better.changed_date = change.changed_date and better.to_stage_code = change.to_stage_code and better.from_stage_code is null
            when change.evidence_code <> 'observed' then better.changed_date = change.changed_date
            when change.changed_not_before_date is null then true
            when better.changed_at is not null then better.changed_at > change.changed_not_before_at
            when better.changed_date = change.changed_not_before_date then coalesce(better.known_at >= change.known_at, false)
            else better.changed_date > change.changed_not_before_date
        end as is_inside
    from change
    inner join change as better
        on change.opportunity_id = better.opportunity_id
        and better.evidence_rank < change.evidence_rank
        and better.changed_date <= change.end_date
    where better.to_stage_code is not null
        and (better.changed_at is null or change.changed_at is null or better.changed_at <= change.changed_at)

),

ranked as (

    select
        *,
        row_number() over (partition by stage_change_id order by case when is_inside and is_same then 0 else 1 end, order_at desc, better_id) as explaining_rank,
        row_number() over (partition by stage_change_id order by case when is_learnt_later then 1 else 0 end, order_at desc, better_id) as latest_rank
    from pair

),

judgement as (

    select
        stage_change_id,
        max(case when explaining_rank = 1 and is_inside and is_same then better_id end) as inside_id,
        max(
            case when latest_rank = 1 and is_observed and is_same and not is_learnt_later and not is_overtaken then better_id end
        ) as standing_id,
        max(case when latest_rank = 1 and is_inside and not is_same and not is_learnt_later then 1 else 0 end) = 1 as is_other_inside
    from ranked
    group by stage_change_id

),

judged as (

    select
        change.*,
        coalesce(judgement.inside_id, judgement.standing_id) as explained_by_stage_change_id,
        coalesce(judgement.inside_id, judgement.standing_id) is null
            and (coalesce(judgement.is_other_inside, false) or change.is_after_close) as is_contradiction
    from change
    left join judgement on change.stage_change_id = judgement.stage_change_id

),

candidate as (

    select
        *,
        to_stage_code is not null and explained_by_stage_change_id is null and not is_contradiction as is_candidate
    from judged

)

select
    candidate.*,
    case when is_candidate then lag(to_stage_code) over in_order end as previous_visit_stage_code,
    case when is_candidate then lag(stage_change_id) over in_order end as previous_visit_change_id
from candidate
window in_order as (
    partition by opportunity_id, is_candidate
    order by changed_date, order_at, case when is_close then 1 else 0 end, evidence_rank, known_at nulls first, stage_change_id
)
