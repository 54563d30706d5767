with moves as (

    select * from {{ ref('fct_stage_move') }}

),

{%- set measures = ['strict', 'lenient', 'latest_strict', 'latest_lenient'] %}
checks as (

    select
        stage_move_id,
        cast(count(*) as bigint) as requirement_count,
        {%- for measure in measures %}
        {{ count_where('is_passed_' ~ measure) }} as passed_{{ measure }}_count,
        {%- endfor %}
        count(strict_count) as judged_count,
        {{ text_list("case when not is_passed_strict then concat(asking_stage_code, ':', coalesce(task_code, stage_task_id)) end", 20) }} as failed_tasks
    from {{ ref('gate_check') }}
    group by stage_move_id

),

memberships as (

    select * from {{ ref('dim_team_membership') }}

),

reasoned as (

    select
        moves.stage_move_id,
        moves.opportunity_id,
        moves.move_number,
        moves.move_code,
        moves.stage_set_code,
        moves.from_stage_code,
        moves.to_stage_code,
        moves.skipped_stage_codes,
        moves.from_stage_visit_id,
        moves.to_stage_visit_id,
        moves.moved_date,
        moves.owner_id,
        memberships.team_id,
        coalesce(checks.requirement_count, 0) as requirement_count,
        {%- for measure in measures %}
        coalesce(checks.passed_{{ measure }}_count, 0) as passed_{{ measure }}_count,
        {%- endfor %}
        checks.failed_tasks,
        case
            when moves.move_code not in ('forward', 'won', 'created', 'first_seen') then moves.move_code
            when moves.move_number = 1 then 'first_stage'
            when checks.requirement_count is null then 'nothing_required'
            when checks.judged_count = 0 then 'no_activity_source'
        end as not_applicable_code
    from moves
    left join checks on moves.stage_move_id = checks.stage_move_id
    left join memberships
        on moves.owner_id = memberships.owner_id
        and moves.moved_date >= memberships.valid_from_date and moves.moved_date <= memberships.valid_to_date

)

select
    stage_move_id,
    {{ as_of_date() }} as as_of_date,
    opportunity_id,
    move_number,
    move_code,
    stage_set_code,
    from_stage_code,
    to_stage_code,
    skipped_stage_codes,
    from_stage_visit_id,
    to_stage_visit_id,
    moved_date,
    owner_id,
    team_id,
    not_applicable_code is null as is_applicable,
    not_applicable_code,
    requirement_count,
    {%- for measure in measures %}
    passed_{{ measure }}_count,
    {%- endfor %}
    {%- for measure in measures %}
    case
        when not_applicable_code is not null then 'not_applicable'
        when passed_{{ measure }}_count = requirement_count then 'passed'
        else 'failed'
    end as result_{{ measure }}_code,
    {%- endfor %}
    case when not_applicable_code is null then failed_tasks end as failed_tasks
from reasoned
