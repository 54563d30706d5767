{{ config(materialized=step()) }}
{# What stood open on the two evenings of each window, by scope and population: counted from the deals, not from their movements. #}
{%- set measures = ['amount_base', 'deal_count', 'no_amount_base_count'] -%}
{%- set due_date = "case when evening.is_of_days then positions.expected_close_date else cast(date_trunc('month', positions.expected_close_date) as date) end" -%}
with evenings as (

    {% for evening in ['opening', 'closing'] -%}
    select view_code, {{ evening }}_date as position_date, period_kind_code not in ('month', 'fiscal_quarter') as is_of_days
    from {{ ref('pipeline_window') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

evening as (

    select view_code, position_date, max(case when is_of_days then 1 else 0 end) = 1 as is_of_days
    from evenings
    group by view_code, position_date

),

standing as (

    {# by the month in which they are due, where no window cuts one: few rows to carry through scopes and windows #}
    select
        positions.view_code,
        positions.position_date,
        coalesce(positions.owner_id, '-') as owner_key,
        coalesce(positions.team_id, '-') as team_key,
        {{ due_date }} as due_date,
        {{ sum_money('positions.amount_base') }} as amount_base,
        cast(count(*) as bigint) as deal_count,
        {{ count_where('positions.amount_base is null') }} as no_amount_base_count
    from {{ ref('fct_pipeline_position') }} as positions
    inner join evening on positions.view_code = evening.view_code and positions.position_date = evening.position_date
    group by positions.view_code, positions.position_date, positions.owner_id, positions.team_id, {{ due_date }}

),

rollup as (

    select team_id, ancestor_team_id from {{ ref('dim_team_rollup') }}
    union all
    select distinct '-' as team_id, '-' as ancestor_team_id from {{ ref('dim_team_rollup') }}

),

scoped as (

    select standing.*, 'company' as scope_code, '-' as scope_key from standing
    union all
    select standing.*, 'owner' as scope_code, owner_key as scope_key from standing
    union all
    select standing.*, 'team' as scope_code, rollup.ancestor_team_id as scope_key
    from standing
    inner join rollup on standing.team_key = rollup.team_id

),

placed as (

    {% for name, evening in [('start', 'opening'), ('end', 'closing')] -%}
    select
        scoped.*,
        windows.period_kind_code,
        windows.period_code,
        coalesce(scoped.due_date between windows.period_start_date and windows.period_end_date, false) as is_due,
        '{{ name }}' as end_code
    from scoped
    inner join {{ ref('pipeline_window') }} as windows
        on scoped.view_code = windows.view_code and scoped.position_date = windows.{{ evening }}_date
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

counted as (

    select placed.*, 'all_open' as population_code from placed
    union all
    select placed.*, 'due_in_period' as population_code from placed
    where is_due

)

select
    view_code,
    population_code,
    scope_code,
    scope_key,
    period_kind_code,
    period_code,
    {%- for name in ['start', 'end'] %}
    {{ sum_money("case when end_code = '" ~ name ~ "' then amount_base end") }} as {{ name }}_amount_base,
    cast(coalesce(sum(case when end_code = '{{ name }}' then deal_count end), 0) as bigint) as {{ name }}_count,
    cast(coalesce(sum(case when end_code = '{{ name }}' then no_amount_base_count end), 0) as bigint) as {{ name }}_no_amount_base_count{{ ',' if not loop.last }}
    {%- endfor %}
from counted
group by view_code, population_code, scope_code, scope_key, period_kind_code, period_code
