{# Claimed beside evidenced: a stage that a deal reached is evidenced when a move into it, or over it, passed strictly; a win when every forward move
   of the deal did. Where no move could be judged, neither is said. #}
with moves as (

    select * from {{ ref('gate_result') }}

),

stages as (

    select * from {{ ref('dim_stage') }} where is_current

),

{# a skip tells of the stages it passed as well #}
reaching as (

    select opportunity_id, to_stage_code as stage_code, move_number, result_strict_code, result_lenient_code
    from moves
    where to_stage_code is not null
    union all
    select moves.opportunity_id, stages.stage_code, moves.move_number, moves.result_strict_code, moves.result_lenient_code
    from moves
    inner join stages on moves.stage_set_code = stages.stage_set_code
    where moves.skipped_stage_codes is not null and {{ in_list('stages.stage_code', 'moves.skipped_stage_codes') }}

),

shown as (

    select
        opportunity_id,
        stage_code,
        min(move_number) as first_move_number,
        coalesce(
            min(case when result_strict_code = 'passed' then move_number end),
            min(case when result_strict_code = 'failed' then move_number end)
        ) as judged_move_number,
        max(case result_strict_code when 'passed' then 1 when 'failed' then 0 end) = 1 as is_evidenced,
        max(case result_lenient_code when 'passed' then 1 when 'failed' then 0 end) = 1 as is_evidenced_lenient
    from reaching
    group by opportunity_id, stage_code

),

walked as (

    select
        opportunity_id,
        min(case result_strict_code when 'passed' then 1 when 'failed' then 0 end) = 1 as is_all_evidenced,
        min(case result_lenient_code when 'passed' then 1 when 'failed' then 0 end) = 1 as is_all_evidenced_lenient
    from moves
    group by opportunity_id

),

orders as (

    select distinct opportunity_id from {{ ref('transaction_card') }} where not is_vanished and opportunity_id is not null

),

reached as (

    select
        reached.*,
        stages.is_won as is_won_stage,
        shown.first_move_number,
        shown.judged_move_number,
        case when stages.is_won then walked.is_all_evidenced else shown.is_evidenced end as is_evidenced,
        case when stages.is_won then walked.is_all_evidenced_lenient else shown.is_evidenced_lenient end as is_evidenced_lenient,
        case when stages.is_won then orders.opportunity_id is not null end as has_order
    from {{ ref('fct_stage_reached') }} as reached
    inner join stages on reached.stage_set_code = stages.stage_set_code and reached.stage_code = stages.stage_code
    left join shown on reached.opportunity_id = shown.opportunity_id and reached.stage_code = shown.stage_code
    left join walked on reached.opportunity_id = walked.opportunity_id
    left join orders on reached.opportunity_id = orders.opportunity_id

),

supported as (

    {{ supported_measures(['won_with_order']) }}

)

select
    reached.stage_reached_id as stage_evidence_id,
    {{ as_of_date() }} as as_of_date,
    reached.opportunity_id,
    reached.stage_set_code,
    reached.stage_code,
    reached.stage_number,
    reached.is_won_stage,
    reached.reached_code,
    coalesce(reached.first_entered_date, first_moves.moved_date) as reached_date,
    first_moves.owner_id,
    first_moves.team_id,
    judged_moves.stage_move_id,
    case when reached.is_evidenced then 'evidenced' when not reached.is_evidenced then 'not_evidenced' else 'not_judged' end as evidence_code,
    reached.is_evidenced,
    reached.is_evidenced_lenient,
    case when supported.won_with_order then reached.has_order end as has_order
from reached
cross join supported
left join moves as first_moves on reached.opportunity_id = first_moves.opportunity_id and reached.first_move_number = first_moves.move_number
left join moves as judged_moves on reached.opportunity_id = judged_moves.opportunity_id and reached.judged_move_number = judged_moves.move_number
