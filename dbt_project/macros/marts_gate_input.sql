{# What a requirement of the playbook is counted from. Belongs here: visits, tasks, what each exit asks of which stage, activities where they lie.
   Does not: counting (marts_gate.sql). #}

{# CTEs from `exits` to `placed`: the activities of each stage that is asked, in groups that lie alike #}
{% macro gate_inputs() -%}
{%- set texts = asked_texts() -%}
{%- set group = 'first_visit_sequence, last_visit_sequence, is_certain, counts_from_visit_sequence, has_' ~ texts | join(', has_') -%}
visits as (

    select * from {{ ref('stage_visit_bound') }}

),

tasks as (

    {{ in_force(ref('dim_stage_task'), 'stage_set_code, stage_code, coalesce(task_code, stage_task_id)', 'stage_task_id') }}

),

left_stages as (

    select exits.*, visits.opportunity_id, visits.visit_sequence, visits.stage_set_code, visits.stage_code
    from exits
    inner join visits on exits.stage_visit_id = visits.stage_visit_id

),

asks as (
    {% for condition in ['left_stages.stage_code = tasks.stage_code',
        'left_stages.skipped_stage_codes is not null and ' ~ in_list('tasks.stage_code', 'left_stages.skipped_stage_codes')] %}
    select
        left_stages.*,
        tasks.stage_code as asking_stage_code,
        tasks.stage_task_id,
        tasks.task_code,
        tasks.activity_type_code,
        tasks.required_texts,
        cast(coalesce(tasks.minimum_count, 1) as bigint) as required_count
    from left_stages
    inner join tasks on left_stages.stage_set_code = tasks.stage_set_code
        {{ 'and' if loop.first else 'where' }} {{ condition }}
        and left_stages.judged_date >= tasks.in_force_from_date and left_stages.judged_date <= tasks.in_force_to_date
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

activities as (

    select *, place_code = 'inside' as is_certain
    from {{ ref('activity_link') }}
    where is_counted and place_code in ('inside', 'possibly_inside')
        and activity_type_code in (select activity_type_code from tasks)
        and opportunity_id in (select opportunity_id from asks)

),

groups as (

    select
        opportunity_id, activity_type_code, {{ group }},
        count(*) as activity_count,
        {{ text_list('activity_id', 20) }} as activity_ids
    from activities
    group by opportunity_id, activity_type_code, {{ group }}

),

spread as (

    select *, {{ each_number('first_visit_sequence', 'last_visit_sequence') }} as visit_sequence
    from groups

),

placed as (

    select spread.*, visits.stage_code
    from spread
    inner join visits on spread.opportunity_id = visits.opportunity_id and spread.visit_sequence = visits.visit_sequence

),
{%- endmacro %}
