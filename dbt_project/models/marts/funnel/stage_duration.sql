{# How long deals stay in a stage, by the cohort that entered it. Quartile: the first time by which so many have left, open and vanished ones
   being counted as long as they were seen. #}
{%- set spans = ['latest', 'each', 'cumulative'] -%}
{%- set needed = {
    'finished': 'stage_duration', 'advanced': 'stage_duration', 'lost': 'stage_duration', 'moved_back': 'stage_duration', 'vanished': 'stage_duration_vanished'
} -%}
{%- set counters = {
    'deal': 'true',
    'measured': 'not is_start_unknown and not is_out_of_sight',
    'start_unknown': 'is_start_unknown',
    'out_of_sight': 'is_out_of_sight',
    'finished': "end_code in ('advanced', 'moved_back', 'lost')",
    'advanced': "end_code = 'advanced'",
    'lost': "end_code = 'lost'",
    'moved_back': "end_code = 'moved_back'",
    'open': "end_code = 'open'",
    'vanished': "end_code = 'vanished'"
} -%}
with stages as (

    select
        stage_set_code,
        stage_code,
        stage_number
    from {{ ref('dim_stage') }}
    where is_current and not is_won and not is_lost

),

{# counted with whoever had the deal at the end: its outcome is his #}
deals as (

    select
        spans.*,
        membership.team_id
    from {{ ref('stage_span') }} as spans
    {{ team_on_day('spans.owner_id', 'spans.piece_date') }}
    where spans.is_last

),

counted as (

    select
        deals.span_code,
        deals.stage_set_code,
        deals.stage_code,
        deals.owner_id,
        deals.team_id,
        coalesce(periods.period_kind_code, 'all') as period_kind_code,
        coalesce(periods.period_code, 'all') as period_code,
        min(deals.cohort_date) as first_date,
        sum(case when end_code in ('advanced', 'moved_back', 'lost') and not is_start_unknown then until_days end) as finished_days,
        {{ count_where("end_code in ('advanced', 'moved_back', 'lost') and not is_start_unknown") }} as finished_known_count,
        {% for name, condition in counters.items() -%}
        {{ count_where(condition) }} as {{ name }}_count{{ ',' if not loop.last }}
        {% endfor %}
    from deals
    left join {{ ref('dim_period_day') }} as periods on deals.cohort_date = periods.date_day and periods.period_kind_code <> 'week'
    group by 1, 2, 3, 4, 5, 6, 7

),

by_scope as (

    {{ scoped('counted') }}

),

summed as (

    select
        scope_code,
        scope_id,
        period_kind_code,
        period_code,
        span_code,
        stage_set_code,
        stage_code,
        min(first_date) as first_date,
        sum(finished_days) as finished_days,
        sum(finished_known_count) as finished_known_count,
        {% for name in counters -%}
        cast(sum({{ name }}_count) as bigint) as {{ name }}_count{{ ',' if not loop.last }}
        {% endfor %}
    from by_scope
    group by 1, 2, 3, 4, 5, 6, 7

),

curves as (

    select
        scope_code,
        scope_id,
        period_kind_code,
        period_code,
        span_code,
        stage_set_code,
        stage_code,
        {% for share, name in [(0.25, 'p25'), (0.5, 'median'), (0.75, 'p75')] -%}
        min(case when stay_share <= {{ 1 - share }} then at_days end) as {{ name }}_days,
        min(case when advanced_share >= {{ share }} then at_days end) as advance_{{ name }}_days,
        {% endfor -%}
        count(*) as instant_count
    from {{ ref('stage_survival') }}
    where ended_count > 0
    group by 1, 2, 3, 4, 5, 6, 7

),

periods as (

    {{ scope_periods('summed') }}

),

sets as (

    select distinct scope_code, scope_id, stage_set_code from summed
    union
    select 'company' as scope_code, cast(null as string) as scope_id, stage_set_code from stages

),

grid as (

    select
        periods.*,
        stages.stage_set_code,
        stages.stage_code,
        stages.stage_number,
        spans.span_code
    from periods
    inner join sets on periods.scope_code = sets.scope_code and periods.scope_id is not distinct from sets.scope_id
    inner join stages on sets.stage_set_code = stages.stage_set_code
    cross join (
        {% for span in spans -%}
        select '{{ span }}' as span_code
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as spans
    where
        periods.period_kind_code <> 'week'
        and (periods.scope_code = 'company' or periods.period_kind_code in ('all', 'trailing_365_days', 'fiscal_year'))

),

supported as (

    {{ supported_measures(['stage_duration', 'stage_duration_vanished']) }}

)

select
    concat({{ scope_period_key('grid') }}, ':', grid.stage_set_code, ':', grid.stage_code, ':', grid.span_code) as stage_duration_id,
    {{ scope_period_columns('grid') }},
    grid.stage_set_code,
    grid.stage_code,
    grid.stage_number,
    grid.span_code,
    {% for name in counters -%}
    {% if name in needed %}case when supported.{{ needed[name] }} then {% endif %}coalesce(summed.{{ name }}_count, 0){{ ' end' if name in needed }} as {{ name }}_count,
    {% endfor -%}
    cast(cast(summed.finished_days as double) / nullif(summed.finished_known_count, 0) as decimal(18,9)) as finished_mean_days,
    curves.p25_days,
    curves.median_days,
    curves.p75_days,
    curves.advance_p25_days,
    curves.advance_median_days,
    curves.advance_p75_days
from grid
cross join supported
left join summed
    on {{ same_scope_period('grid', 'summed') }}
    and grid.stage_set_code = summed.stage_set_code and grid.stage_code = summed.stage_code and grid.span_code = summed.span_code
left join curves
    on {{ same_scope_period('grid', 'curves') }}
    and grid.stage_set_code = curves.stage_set_code and grid.stage_code = curves.stage_code and grid.span_code = curves.span_code
