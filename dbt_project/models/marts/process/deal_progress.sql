{# When an open deal last moved forward, was last worked on as its stage asks, and was last in touch with the customer. A move back is no progress; a
   deal that never progressed counts from its creation, reopening or, at least, first sight. One row per open deal. #}
{{ config(materialized=step()) }}
with deals as (

    select * from {{ ref('fct_opportunity') }} where is_open

),

moves as (

    select
        opportunity_id,
        max(case when move_code in ('forward', 'won') then moved_date end) as forward_date,
        max(case when move_code in ('created', 'first_seen', 'reopened') then moved_date end) as start_date,
        max(case when move_code = 'first_seen' then 1 else 0 end) - max(case when move_code = 'reopened' then 1 else 0 end) as first_seen_only
    from {{ ref('fct_stage_move') }}
    group by opportunity_id

),

links as (

    select * from {{ ref('activity_link') }}
    where is_counted and opportunity_id in (select opportunity_id from deals)

),

tasks as (

    {{ in_force(ref('dim_stage_task'), 'stage_set_code, stage_code, coalesce(task_code, stage_task_id)', 'stage_task_id') }}

),

spread as (

    select *, {{ each_number('first_visit_sequence', 'last_visit_sequence') }} as visit_sequence
    from (
        select distinct opportunity_id, activity_type_code, activity_date, first_visit_sequence, last_visit_sequence,
            has_{{ asked_texts() | join(', has_') }}
        from links
        where place_code in ('inside', 'possibly_inside')
    ) as groups

),

{# as one of the stages asks in which it may have been done #}
asked as (

    select
        spread.opportunity_id,
        max(spread.activity_date) as asked_date
    from spread
    inner join {{ ref('stage_visit_bound') }} as visits
        on spread.opportunity_id = visits.opportunity_id and spread.visit_sequence = visits.visit_sequence
    inner join tasks
        on visits.stage_set_code = tasks.stage_set_code and visits.stage_code = tasks.stage_code
        and spread.activity_type_code = tasks.activity_type_code
        and spread.activity_date >= tasks.in_force_from_date and spread.activity_date <= tasks.in_force_to_date
    where {% for text in asked_texts() %}{{ 'and ' if not loop.first }}(spread.has_{{ text }} or not {{ in_list("'" ~ text ~ "_text'", "coalesce(tasks.required_texts, '')") }})
        {% endfor %}
    group by spread.opportunity_id

),

touched as (

    select opportunity_id, max(activity_date) as touch_date
    from links
    where activity_type_code in ('{{ touch_kinds() | join("', '") }}')
    group by opportunity_id

),

planned as (

    select opportunity_id, min(planned_date) as planned_date
    from {{ ref('fct_activity') }}
    where not is_done and not is_vanished and planned_date >= {{ as_of_date() }}
        and activity_type_code in ('{{ touch_kinds() | join("', '") }}')
    group by opportunity_id

),

begun as (

    select
        deals.*,
        coalesce(moves.start_date, deals.created_date, deals.first_delivered_date) as start_date,
        coalesce(moves.first_seen_only = 1, true) as is_start_at_least,
        moves.forward_date,
        asked.asked_date,
        touched.touch_date,
        planned.planned_date
    from deals
    left join moves on deals.opportunity_id = moves.opportunity_id
    left join asked on deals.opportunity_id = asked.opportunity_id
    left join touched on deals.opportunity_id = touched.opportunity_id
    left join planned on deals.opportunity_id = planned.opportunity_id

)

select
    *,
    greatest(start_date, coalesce(forward_date, start_date), coalesce(asked_date, start_date)) as progress_date,
    case
        when forward_date >= start_date and coalesce(forward_date >= asked_date, true) then 'forward_move'
        when asked_date >= start_date then 'activity'
        else 'start'
    end as progress_code
from begun
