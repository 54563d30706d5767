{# Process measures: what its models share. Belongs here: names and shapes. Does not: what counts (models) or any limit (the playbook). #}

{# the texts that a task may ask for and that an activity carries, less their `_text` #}
{% macro asked_texts() %}
  {{ return(['purpose', 'content', 'feedback']) }}
{% endmacro %}

{# what is left of a task's list of texts when those that activities carry are taken out #}
{% macro texts_left_over(list) -%}
    {%- set left = namespace(expression="coalesce(" ~ list ~ ", '')") -%}
    {%- for text in asked_texts() %}{% set left.expression = "replace(" ~ left.expression ~ ", '" ~ text ~ "_text', '')" %}{% endfor -%}
    replace({{ left.expression }}, '|', '')
{%- endmacro %}

{# what a text says: less blanks and punctuation at both ends #}
{% macro said(text) -%}
    trim(both ' 　.,;:!?-_~*#/()。，、；：！？…—～·' from {{ text }})
{%- endmacro %}

{# the rules of process_rule.csv that are read -> what their value is #}
{% macro process_rules() %}
  {{ return({
    'inferred_link_allowed': 'switch', 'untouched_days': 'number', 'hot_touch_days': 'number', 'large_touch_days': 'number',
    'hot_probability_rate': 'decimal', 'large_amount_base': 'decimal', 'hot_intent_codes': 'codes', 'large_size_codes': 'codes'
  }) }}
{% endmacro %}

{# can the value of a rule be read as its kind #}
{% macro readable_rule(kind) -%}
    {%- if kind == 'switch' -%}rule_value in ('true', 'false')
    {%- elif kind == 'number' -%}{{ text_to_integer('rule_value') }} is not null
    {%- elif kind == 'decimal' -%}{{ text_to_decimal('rule_value', 9) }} is not null
    {%- else -%}rule_value is not null
    {%- endif -%}
{%- endmacro %}

{# rows of the playbook beside the days on which each is in force, both included: a later version of the same keys ends the earlier #}
{% macro in_force(relation, keys, id) -%}
    select
        *,
        coalesce(valid_from_date, cast('0001-01-01' as date)) as in_force_from_date,
        least(
            coalesce(valid_to_date, cast('9999-12-31' as date)),
            coalesce(
                {{ date_add_days('lead(coalesce(valid_from_date, cast(\'0001-01-01\' as date))) over (partition by ' ~ keys ~
                    ' order by coalesce(valid_from_date, cast(\'0001-01-01\' as date)), ' ~ id ~ ')', -1) }},
                cast('9999-12-31' as date)
            )
        ) as in_force_to_date
    from {{ relation }}
{%- endmacro %}

{# rows for the whole numbers from first to last, both included; for the select list #}
{% macro each_number(first, last) %}{{ return(adapter.dispatch('each_number')(first, last)) }}{% endmacro %}
{% macro duckdb__each_number(first, last) %}unnest(generate_series({{ first }}, {{ last }})){% endmacro %}
{% macro spark__each_number(first, last) %}explode(sequence({{ first }}, {{ last }})){% endmacro %}

{# a deal with more visits than this is walked in order of time #}
{% macro many_visits() %}{{ return(var('many_visits', 200)) }}{% endmacro %}

{# activities beside the last visit of their deal that came before them, walked in order of time; at one instant the visit counts where
   is_same_before. For deals with so many visits that a join would hold every activity against each of them. #}
{% macro last_visit_before(activities, at, visits, visit_at, is_same_before) -%}
    select activity_id, visit_sequence
    from (
        select
            activity_id,
            max(visit_sequence) over (
                partition by opportunity_id
                order by sort_at, sort_rank, visit_sequence nulls last, activity_id nulls last
                rows between unbounded preceding and current row
            ) as visit_sequence
        from (
            select
                opportunity_id, {{ visit_at }} as sort_at, {{ 0 if is_same_before else 1 }} as sort_rank,
                visit_sequence, cast(null as string) as activity_id
            from {{ visits }}
            union all
            select opportunity_id, {{ at }}, {{ 1 if is_same_before else 0 }}, cast(null as int), activity_id
            from {{ activities }}
        ) as events
    ) as walked
    where activity_id is not null
{%- endmacro %}

{# kinds of activity in which the customer is met or spoken to #}
{% macro touch_kinds() %}{{ return(['visit', 'call', 'email', 'meeting']) }}{% endmacro %}

{# CTEs from `counted` (keys, happened_date, owner_id, team_id, sums) to `summed`: the sums of the company, of every team with those above it, and of
   every owner, in every period; what has no date is in the period `all` alone #}
{% macro summed_by_scope_and_period(keys, sums) -%}
{%- set scope = ['owner_id', 'team_id'] -%}
{%- set period = ['period_kind_code', 'period_code'] -%}
placed_in_period as (

    select counted.*, days.period_kind_code, days.period_code
    from counted
    inner join {{ ref('dim_period_day') }} as days on counted.happened_date = days.date_day
    union all
    select counted.*, 'all' as period_kind_code, 'all' as period_code
    from counted
    where happened_date is null

),

in_period as (

    select
        {{ (keys + scope + period) | join(', ') }},
        {%- for sum in sums %}
        sum({{ sum }}) as {{ sum }}{{ ',' if not loop.last }}
        {%- endfor %}
    from placed_in_period
    group by {{ (keys + scope + period) | join(', ') }}

),

in_scope as (

    select in_period.*, 'company' as scope_code, cast(null as string) as scope_id from in_period
    union all
    select in_period.*, 'team' as scope_code, rollup.ancestor_team_id as scope_id
    from in_period
    inner join {{ ref('dim_team_rollup') }} as rollup on in_period.team_id = rollup.team_id
    union all
    select in_period.*, 'owner' as scope_code, owner_id as scope_id from in_period where owner_id is not null

),

summed as (

    select
        scope_code, scope_id, {{ (period + keys) | join(', ') }},
        {%- for sum in sums %}
        sum({{ sum }}) as {{ sum }}{{ ',' if not loop.last }}
        {%- endfor %}
    from in_scope
    group by scope_code, scope_id, {{ (period + keys) | join(', ') }}

)
{%- endmacro %}

{# CTEs from `summed` to `grid`: a row for each period of what the company has, and of the given cells of every scope, also where nothing happened #}
{% macro grid_of_periods(keys, every_scope) -%}
cells as (

    select distinct scope_code, scope_id, {{ keys | join(', ') }}
    from summed
    where scope_code = 'company' or {{ every_scope }}

),

grid as (

    select cells.*, periods.period_kind_code, periods.period_code
    from cells
    cross join {{ ref('dim_period') }} as periods
    union
    select scope_code, scope_id, {{ keys | join(', ') }}, period_kind_code, period_code
    from summed

)
{%- endmacro %}

{# joins `grid` to its period and its sums #}
{% macro sums_of_grid(keys) -%}
from grid
inner join {{ ref('dim_period') }} as periods on grid.period_kind_code = periods.period_kind_code and grid.period_code = periods.period_code
left join summed
    on grid.scope_code = summed.scope_code and coalesce(grid.scope_id, '-') = coalesce(summed.scope_id, '-')
    and grid.period_kind_code = summed.period_kind_code and grid.period_code = summed.period_code
    {%- for key in keys %}
    and grid.{{ key }} = summed.{{ key }}
    {%- endfor %}
{%- endmacro %}

{# key of a row of such a grid #}
{% macro grid_id(keys) -%}
    concat(grid.scope_code, ':', coalesce(grid.scope_id, '-'), ':', grid.period_kind_code, ':', grid.period_code{% for key in keys %}, ':', grid.{{ key }}{% endfor %})
{%- endmacro %}
