{{ config(materialized=step()) }}
{# What the windows' ends hold beyond the value at the opening rate: added at the closing evening, taken off at the opening one. #}
with ends as (

    {% for evening, sign in [('opening', '-'), ('closing', '')] -%}
    select
        windows.period_start_date,
        windows.period_end_date,
        positions.*,
        {{ sign }}(
            coalesce(positions.amount_base, 0)
            - coalesce({{ base_amount('positions.amount', 'positions.currency_code', 'rates.exchange_rate') }}, 0)
        ) as exchange_amount
    from {{ ref('fct_pipeline_position') }} as positions
    inner join {{ ref('pipeline_window_days') }} as windows
        on positions.view_code = windows.view_code and positions.position_date = windows.{{ evening }}_date
    left join {{ ref('pipeline_window_rate') }} as rates
        on windows.view_code = rates.view_code and windows.period_start_date = rates.period_start_date
        and windows.period_end_date = rates.period_end_date and positions.currency_code = rates.currency_code
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select *
from ends
where exchange_amount <> 0
