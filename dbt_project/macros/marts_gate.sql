{# How a requirement of the playbook is counted: one way for moves made (gate_check) and for the next move of an open deal (gate_readiness).
   Belongs here: that count. Does not: which exits are judged, nor what a result means. #}

{# the first few texts of a group in alphabetical order, parted by | #}
{% macro text_list(value, most) %}{{ return(adapter.dispatch('text_list')(value, most)) }}{% endmacro %}
{% macro duckdb__text_list(value, most) %}array_to_string(list_sort(list({{ value }}) filter (where {{ value }} is not null))[1:{{ most }}], '|'){% endmacro %}
{% macro spark__text_list(value, most) %}nullif(array_join(slice(sort_array(collect_list({{ value }})), 1, {{ most }}), '|'), ''){% endmacro %}

{% macro gate_counts() %}{{ return(['strict', 'lenient', 'latest_strict', 'latest_lenient', 'recorded_late', 'considered'] + lacks()) }}{% endmacro %}
{% macro lacks() %}
  {% set names = [] %}
  {% for text in asked_texts() %}{% do names.append('lacks_' ~ text) %}{% endfor %}
  {{ return(names) }}
{% endmacro %}

{# CTEs from `exits` (gate_id, stage_visit_id, judged_date, skipped_stage_codes) to `filled`: one row per exit and task in force that day, of the stage
   left and of every stage skipped. Activities are counted in groups of one deal, kind, place and quality first; a group counts once for a requirement,
   however many visits to the asked stage it may lie in. What lies certainly inside is strict evidence, from the end of that visit on by which it
   was recorded. #}
{% macro gate_requirements() -%}
{%- set texts = asked_texts() -%}{%- set range_keys = 'opportunity_id, activity_type_code, stage_code, asking_stage_code, from_visit_sequence, strict_from_sequence, is_certain, has_'
    ~ texts | join(', has_') -%}
{%- set group = 'first_visit_sequence, last_visit_sequence, is_certain, counts_from_visit_sequence, has_' ~ texts | join(', has_') -%}{{ gate_inputs() }}

{# of all visits so far to the stage left; and of those to the stage that asks, where that one is skipped now but was entered before. What counts from
   the same visit on is one row, so that a deal with very many visits holds visits against visits, not activities; of many the first are named. #}
stages_asked as (

    select distinct opportunity_id, activity_type_code, stage_code, asking_stage_code from asks

),

entered as (

    select
        stages_asked.*,
        {{ 'placed.' ~ group | replace(', ', ', placed.') }},
        min(placed.visit_sequence) as from_visit_sequence,
        max(placed.activity_count) as activity_count,
        max(placed.activity_ids) as activity_ids
    from stages_asked
    inner join placed on stages_asked.opportunity_id = placed.opportunity_id and stages_asked.activity_type_code = placed.activity_type_code
    where placed.stage_code in (stages_asked.stage_code, stages_asked.asking_stage_code)
    group by
        stages_asked.opportunity_id, stages_asked.activity_type_code, stages_asked.stage_code, stages_asked.asking_stage_code,
        {{ 'placed.' ~ group | replace(', ', ', placed.') }}

),

timed as (

    select
        *,
        case when is_certain and counts_from_visit_sequence >= from_visit_sequence then counts_from_visit_sequence
            when is_certain and counts_from_visit_sequence is not null then from_visit_sequence
        end as strict_from_sequence
    from entered

),

ranges as (

    select
        {{ range_keys }},
        sum(activity_count) as activity_count,
        {{ text_list('activity_ids', 20) }} as activity_ids
    from timed
    group by {{ range_keys }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by opportunity_id, activity_type_code, stage_code, asking_stage_code, is_certain, has_{{ texts | join(', has_') }}
            order by from_visit_sequence, strict_from_sequence nulls last
        ) as range_rank
    from ranges

),

met as (

    select
        asks.gate_id,
        asks.stage_task_id,
        asks.required_texts,
        ranked.has_{{ texts | join(', ranked.has_') }},
        ranked.is_certain,
        coalesce(ranked.strict_from_sequence <= asks.visit_sequence, false) as is_in_time,
        ranked.activity_count,
        0 as latest_count,
        case when ranked.range_rank <= 20 then ranked.activity_ids end as activity_ids
    from asks
    inner join ranked
        on asks.opportunity_id = ranked.opportunity_id and asks.activity_type_code = ranked.activity_type_code
        and asks.stage_code = ranked.stage_code and asks.asking_stage_code = ranked.asking_stage_code
        and ranked.from_visit_sequence <= asks.visit_sequence
    union all
    select
        asks.gate_id,
        asks.stage_task_id,
        asks.required_texts,
        placed.has_{{ texts | join(', placed.has_') }},
        placed.is_certain,
        placed.is_certain and coalesce(placed.counts_from_visit_sequence <= asks.visit_sequence, false) as is_in_time,
        0 as activity_count,
        placed.activity_count as latest_count,
        cast(null as string) as activity_ids
    from asks
    inner join placed
        on asks.opportunity_id = placed.opportunity_id and asks.activity_type_code = placed.activity_type_code
        and asks.visit_sequence = placed.visit_sequence

),

judged as (

    select
        *
        {%- for text in texts %},
        not has_{{ text }} and {{ in_list("'" ~ text ~ "_text'", "coalesce(required_texts, '')") }} as lacks_{{ text }}
        {%- endfor %}
    from met

),

qualified as (

    select *, not ({{ lacks() | join(' or ') }}) as says_all from judged

),

counted as (

    select
        gate_id,
        stage_task_id,
        sum(case when says_all and is_in_time then activity_count else 0 end) as strict_count,
        sum(case when says_all then activity_count else 0 end) as lenient_count,
        sum(case when says_all and is_in_time then latest_count else 0 end) as latest_strict_count,
        sum(case when says_all then latest_count else 0 end) as latest_lenient_count,
        sum(case when says_all and is_certain and not is_in_time then activity_count else 0 end) as recorded_late_count,
        {%- for lack in lacks() %}
        sum(case when {{ lack }} then activity_count else 0 end) as {{ lack }}_count,
        {%- endfor %}
        sum(activity_count) as considered_count,
        {{ text_list('case when says_all and is_in_time then activity_ids end', 20) }} as strict_activity_ids,
        {{ text_list('case when says_all and not is_certain then activity_ids end', 20) }} as lenient_activity_ids,
        {{ text_list('case when says_all and is_certain and not is_in_time then activity_ids end', 20) }} as recorded_late_activity_ids
    from qualified
    group by gate_id, stage_task_id

),

has_source as (

    select count(*) > 0 as has_activity_source from {{ ref('fct_activity') }}

),

{# a task of a kind that no activity has, or that asks for a text that none carries, can be met by nobody #}
filled as (

    select
        asks.*,
        coalesce(asks.activity_type_code in ('{{ closed_codes('activity_type') | join("', '") }}'), false)
        and {{ texts_left_over('asks.required_texts') }} = '' as is_known,
        {%- for count in gate_counts() %}
        case when has_source.has_activity_source then cast(coalesce(counted.{{ count }}_count, 0) as bigint) end as {{ count }}_count,
        {%- endfor %}
        counted.strict_activity_ids,
        counted.lenient_activity_ids,
        counted.recorded_late_activity_ids
    from asks
    cross join has_source
    left join counted on asks.gate_id = counted.gate_id and asks.stage_task_id = counted.stage_task_id

)
{%- endmacro %}

{# what a requirement lacks on the strict measure, parted by |; NULL when nothing #}
{% macro missing_codes() -%}
    case
        when strict_count < required_count or not is_known
            then substring(concat(
                case when is_known then '' else '|unknown_task' end,
                case when considered_count < required_count then '|activity' else '' end,
                {%- for text in asked_texts() %}
                case when lenient_count < required_count and lacks_{{ text }}_count > 0 then '|{{ text }}_text' else '' end,
                {%- endfor %}
                case when strict_count < required_count and recorded_late_count > 0 then '|recorded_in_time' else '' end,
                case
                    when strict_count < required_count and lenient_count > strict_count + recorded_late_count then '|certain_time' else ''
                end
            ), 2)
    end
{%- endmacro %}
