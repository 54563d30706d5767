{# start + what came - what went = end, for the company, every team (with all below it) and every owner, in every window from the first in
   which it held or moved anything. #}
{%- set keys = 'view_code, population_code, scope_code, scope_key, period_kind_code, period_code' -%}
{%- set components = pipeline_components() -%}
{#- what only a second delivery can tell: without one a term that is not there is unknown, not 0 -#}
{%- set of_history = {
    'increased': 'waterfall_value', 'decreased': 'waterfall_value', 'transferred_in': 'waterfall_transfer', 'transferred_out': 'waterfall_transfer',
    'pulled_in': 'waterfall_date', 'pushed_out': 'waterfall_date', 'reopened': 'waterfall_return', 'reappeared': 'waterfall_return',
    'vanished': 'waterfall_return', 'merged_away': 'waterfall_return', 'restated': 'waterfall_return'
} -%}
with supported as (

    {{ supported_measures(['waterfall_amount', 'waterfall_won'] + of_history.values() | unique | list) }}

),

windows as (

    select * from {{ ref('pipeline_window') }}

),

ends as (

    select * from {{ ref('pipeline_end') }}

),

{{ movement_terms(ref('pipeline_flow'), ref('dim_team_rollup')) }}

{# the same terms as fct_pipeline_movement, added up by holder before they are told to his scopes: a tenth of the rows #}
held as (

    select
        view_code, population_code, period_start_date, period_end_date, owner_key, team_key, scope_code, scope_key, component_code,
        count(*) as component_count,
        sum(change_amount_base) as change_amount_base,
        sum(count_change) as count_change,
        sum(won_amount_base) as won_amount_base,
        sum(case when won_amount_base is not null then won_amount_base + change_amount_base end) as won_amount_difference
    from termed
    group by view_code, population_code, period_start_date, period_end_date, owner_key, team_key, scope_code, scope_key, component_code

),

components as (

    select
        held.view_code,
        held.population_code,
        coalesce(held.scope_code, holder_scopes.scope_code) as scope_code,
        coalesce(held.scope_key, holder_scopes.scope_key) as scope_key,
        windows.period_kind_code,
        windows.period_code,
        held.component_code,
        held.component_count,
        held.change_amount_base,
        held.count_change,
        held.won_amount_base,
        held.won_amount_difference
    from held
    inner join windows
        on held.view_code = windows.view_code
        and held.period_start_date = windows.period_start_date and held.period_end_date = windows.period_end_date
    left join holder_scopes on held.owner_key = holder_scopes.owner_key and held.team_key = holder_scopes.team_key

),

movements as (

    select
        {{ keys }},
        {%- for code, sign in components.items() %}
        {{ sum_money("case when component_code = '" ~ code ~ "' then " ~ ('-' if sign < 0 else '') ~ "change_amount_base end") }} as {{ code }}_amount_base,
        cast(coalesce(sum(case when component_code = '{{ code }}' then component_count end), 0) as bigint) as {{ code }}_count,
        {%- endfor %}
        {{ sum_money('change_amount_base') }} as change_amount_base,
        cast(sum(count_change) as bigint) as change_count,
        {{ sum_money('won_amount_base') }} as won_final_amount_base,
        {{ sum_money('won_amount_difference') }} as won_amount_difference
    from components
    group by {{ keys }}

),

populations as (

    select 'all_open' as population_code
    union all
    select 'due_in_period' as population_code

),

seen as (

    select {{ keys }} from ends
    union all
    select {{ keys }} from movements

),

scopes as (

    select seen.view_code, seen.scope_code, seen.scope_key, min(windows.closing_date) as first_date
    from seen
    inner join windows
        on seen.view_code = windows.view_code and seen.period_kind_code = windows.period_kind_code and seen.period_code = windows.period_code
    group by seen.view_code, seen.scope_code, seen.scope_key

),

cells as (

    select windows.*, populations.population_code, scopes.scope_code, scopes.scope_key
    from windows
    inner join scopes on windows.view_code = scopes.view_code and windows.closing_date >= scopes.first_date
    cross join populations

)

select
    concat(
        cells.view_code, ':', cells.population_code, ':', cells.scope_code, ':', cells.scope_key, ':', cells.period_kind_code, ':', cells.period_code
    ) as pipeline_waterfall_id,
    {{ as_of_date() }} as as_of_date,
    cells.view_code,
    cells.population_code,
    cells.scope_code,
    nullif(cells.scope_key, '-') as scope_id,
    cells.period_kind_code,
    cells.period_code,
    cells.period_start_date,
    cells.period_end_date,
    cells.opening_date,
    cells.closing_date,
    cells.is_complete,
    cells.is_reconstructed,
    case when supported.waterfall_amount then coalesce(ends.start_amount_base, 0) end as start_amount_base,
    coalesce(ends.start_count, 0) as start_count,
    coalesce(ends.start_no_amount_base_count, 0) as start_no_amount_base_count,
    {%- for code in components %}
    {%- if code in of_history %}
    case when supported.{{ of_history[code] }} then coalesce(movements.{{ code }}_amount_base, 0) else nullif(movements.{{ code }}_amount_base, 0) end as {{ code }}_amount_base,
    case when supported.{{ of_history[code] }} then coalesce(movements.{{ code }}_count, 0) else nullif(movements.{{ code }}_count, 0) end as {{ code }}_count,
    {%- else %}
    case when supported.waterfall_amount then coalesce(movements.{{ code }}_amount_base, 0) end as {{ code }}_amount_base,
    coalesce(movements.{{ code }}_count, 0) as {{ code }}_count,
    {%- endif %}
    {%- endfor %}
    case when supported.waterfall_amount then coalesce(ends.end_amount_base, 0) end as end_amount_base,
    coalesce(ends.end_count, 0) as end_count,
    coalesce(ends.end_no_amount_base_count, 0) as end_no_amount_base_count,
    case when supported.waterfall_won then coalesce(movements.won_final_amount_base, 0) end as won_final_amount_base,
    case when supported.waterfall_value then coalesce(movements.won_amount_difference, 0) end as won_amount_difference,
    cast(
        coalesce(ends.start_amount_base, 0) + coalesce(movements.change_amount_base, 0) - coalesce(ends.end_amount_base, 0) as decimal(18,2)
    ) as difference_amount_base,
    coalesce(ends.start_count, 0) + coalesce(movements.change_count, 0) - coalesce(ends.end_count, 0) as difference_count
from cells
cross join supported
left join ends
    on cells.view_code = ends.view_code and cells.population_code = ends.population_code
    and cells.scope_code = ends.scope_code and cells.scope_key = ends.scope_key
    and cells.period_kind_code = ends.period_kind_code and cells.period_code = ends.period_code
left join movements
    on cells.view_code = movements.view_code and cells.population_code = movements.population_code
    and cells.scope_code = movements.scope_code and cells.scope_key = movements.scope_key
    and cells.period_kind_code = movements.period_kind_code and cells.period_code = movements.period_code
