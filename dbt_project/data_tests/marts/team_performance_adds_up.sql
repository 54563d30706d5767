{%- set counts = ['won_count', 'lost_count', 'vanished_count', 'created_count', 'forward_move_count', 'backward_move_count', 'activity_count', 'gate_count'] -%}
-- What owners did, nobody's share among it, adds up to what the company did, in every period.
with summed as (

    select
        scope_code,
        period_kind_code,
        period_code,
        {%- for name in counts %}
        sum({{ name }}) as {{ name }},
        {%- endfor %}
        sum(won_amount_base) as won_amount_base
    from {{ ref('team_performance') }}
    where scope_code in ('company', 'owner') and period_kind_code <> 'week'
    group by scope_code, period_kind_code, period_code

)

select company.*
from summed as company
left join summed as owners
    on company.period_kind_code = owners.period_kind_code and company.period_code = owners.period_code and owners.scope_code = 'owner'
where
    company.scope_code = 'company'
    and (
        {%- for name in counts + ['won_amount_base'] %}
        company.{{ name }} <> coalesce(owners.{{ name }}, 0){{ ' or' if not loop.last }}
        {%- endfor %}
    )
