{# A win straight after a loss leaves the stage that the deal stood in before it was lost. #}
with moves as (

    select * from {{ ref('fct_stage_move') }} where move_code in ('forward', 'won')

),

exits as (

    select
        moves.stage_move_id as gate_id,
        coalesce(moves.from_stage_visit_id, entered.previous_stage_visit_id) as stage_visit_id,
        moves.moved_date as judged_date,
        moves.skipped_stage_codes,
        moves.owner_id
    from moves
    left join {{ ref('stage_visit_bound') }} as entered on moves.to_stage_visit_id = entered.stage_visit_id

),

{{ gate_requirements() }}

select
    concat(gate_id, ':', asking_stage_code, ':', coalesce(task_code, stage_task_id)) as gate_check_id,
    {{ as_of_date() }} as as_of_date,
    gate_id as stage_move_id,
    opportunity_id,
    stage_visit_id as from_stage_visit_id,
    judged_date as moved_date,
    owner_id,
    stage_set_code,
    stage_code as from_stage_code,
    asking_stage_code,
    asking_stage_code <> stage_code as is_of_skipped_stage,
    stage_task_id,
    task_code,
    activity_type_code,
    required_texts,
    required_count,
    {%- for count in gate_counts() if count != 'considered' %}
    {{ count }}_count,
    {%- endfor %}
    {%- for measure in ['strict', 'lenient', 'latest_strict', 'latest_lenient'] %}
    {{ measure }}_count >= required_count and is_known as is_passed_{{ measure }},
    {%- endfor %}
    {{ missing_codes() }} as missing_codes,
    strict_activity_ids,
    lenient_activity_ids,
    recorded_late_activity_ids
from filled
