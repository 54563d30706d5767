{{ config(materialized='view') }}
{# Net per window: raised and cut, handed on and back, pushed and pulled back, gained and lost by the rate stand against each other;
   coming in and going out do not. A term without money and without a deal is no row. A view: each deal is kept once for each of its holders
   (pipeline_flow), and told here for the company, every owner and every team above. Only a deal of several holders is summed. #}
with {{ movement_terms(ref('pipeline_flow'), ref('dim_team_rollup')) }}

scoped as (

    select
        termed.*,
        coalesce(termed.scope_code, holder_scopes.scope_code) as to_scope_code,
        coalesce(termed.scope_key, holder_scopes.scope_key) as to_scope_key
    from termed
    left join holder_scopes on termed.owner_key = holder_scopes.owner_key and termed.team_key = holder_scopes.team_key

)

select
    concat(
        scoped.view_code, ':', scoped.population_code, ':', scoped.to_scope_code, ':', scoped.to_scope_key, ':', windows.period_kind_code, ':', windows.period_code,
        ':', scoped.opportunity_id, ':', scoped.component_code
    ) as pipeline_movement_id,
    {{ as_of_date() }} as as_of_date,
    scoped.view_code,
    scoped.population_code,
    scoped.to_scope_code as scope_code,
    nullif(scoped.to_scope_key, '-') as scope_id,
    windows.period_kind_code,
    windows.period_code,
    windows.period_start_date,
    windows.period_end_date,
    windows.opening_date,
    windows.closing_date,
    scoped.opportunity_id,
    scoped.component_code,
    cast(
        case
            when scoped.component_code in (
                {%- for code, sign in pipeline_components().items() if sign < 0 %}
                '{{ code }}'{{ ',' if not loop.last }}
                {%- endfor %}
            ) then -scoped.change_amount_base else scoped.change_amount_base
        end as decimal(18,2)
    ) as amount_base,
    cast(scoped.change_amount_base as decimal(18,2)) as change_amount_base,
    cast(scoped.count_change as bigint) as count_change,
    scoped.won_amount_base,
    cast(scoped.won_amount_base + scoped.change_amount_base as decimal(18,2)) as won_amount_difference
from scoped
inner join {{ ref('pipeline_window').include(database=false) }} as windows
    on scoped.view_code = windows.view_code
    and scoped.period_start_date = windows.period_start_date
    and scoped.period_end_date = windows.period_end_date
