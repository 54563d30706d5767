{%- set fractions = [(0.1, 'p10'), (0.25, 'p25'), (0.5, 'median'), (0.75, 'p75'), (0.9, 'p90')] -%}
with outcomes as (

    select * from {{ ref('close_period') }} where status_code in ('won', 'lost')

),

measured as (

    select
        scope_code,
        scope_id,
        period_kind_code,
        period_code,
        min(outcome_date) as first_date,
        {% for status in ['won', 'lost'] -%}
        {%- set days = "case when status_code = '" ~ status ~ "' then cycle_days end" %}
        {{ count_where("status_code = '" ~ status ~ "' and cycle_days is not null") }} as {{ status }}_count,
        {{ count_where("status_code = '" ~ status ~ "' and cycle_days is null") }} as {{ status }}_unknown_count,
        {% for fraction, name in fractions -%}
        {{ percentile(fraction, days) }} as {{ status }}_{{ name }}_days,
        {% endfor -%}
        max({{ days }}) as {{ status }}_maximum_days,
        cast(sum({{ days }}) as double) / nullif(count({{ days }}), 0) as {{ status }}_mean_days{{ ',' if not loop.last }}
        {% endfor %}
    from outcomes
    group by scope_code, scope_id, period_kind_code, period_code

),

grid as (

    {{ scope_periods('measured') }}

)

select
    {{ scope_period_key('grid') }} as cycle_id,
    {{ scope_period_columns('grid') }},
    {% for status in ['won', 'lost'] -%}
    coalesce(measured.{{ status }}_count, 0) as {{ status }}_count,
    coalesce(measured.{{ status }}_unknown_count, 0) as {{ status }}_unknown_count,
    {% for name in ['p10', 'p25', 'median', 'p75', 'p90', 'maximum', 'mean'] -%}
    cast(measured.{{ status }}_{{ name }}_days as decimal(18,9)) as {{ status }}_{{ name }}_days{{ ',' if not loop.last }}
    {% endfor -%}
    {{ ',' if not loop.last }}
    {% endfor %}
from grid
left join measured on {{ same_scope_period('grid', 'measured') }}
