{{ config(materialized=step()) }}
{# The spans that begin in a window, in money at the window's opening rate, each knowing how its deal came into the window and goes out. #}
{%- set whole = 'partition by spans.opportunity_id, spans.view_code, windows.period_start_date, windows.period_end_date' -%}
{%- set closes = "('won', 'lost', 'closed_unknown')" -%}
with moved as (

    select
        spans.*,
        windows.period_start_date,
        windows.period_end_date,
        first_value(spans.previous_status_code) over ({{ whole }} order by spans.span_number) as opening_status_code,
        max(case when spans.status_code = 'open' then 1 else 0 end) over ({{ whole }}) = 1 as has_open_span,
        max(case when spans.status_code = 'open' and not spans.is_reconstructed then 1 else 0 end) over ({{ whole }}) = 1 as has_told_span,
        spans.span_number = max(case when spans.is_turn then spans.span_number end) over ({{ whole }}) as is_last_turn,
        last_value(spans.amount_base) over (
            {{ whole }} order by spans.span_number rows between unbounded preceding and unbounded following
        ) as closing_amount_base
    from {{ ref('pipeline_span') }} as spans
    inner join {{ ref('pipeline_window_days') }} as windows
        on spans.view_code = windows.view_code
        and spans.from_date >= windows.period_start_date and spans.from_date <= windows.closing_date

),

valued as (

    select
        moved.*,
        coalesce({{ base_amount('moved.amount', 'moved.currency_code', 'rates.exchange_rate') }}, 0) as own_amount,
        coalesce({{ base_amount('moved.last_open_amount', 'moved.last_open_currency_code', 'last_rates.exchange_rate') }}, 0) as last_amount,
        coalesce(moved.opening_status_code = 'open', false) as was_open,
        moved.last_open_from_date is not null as has_last_open
    from moved
    left join {{ ref('pipeline_window_rate') }} as rates
        on moved.view_code = rates.view_code and moved.period_start_date = rates.period_start_date
        and moved.period_end_date = rates.period_end_date and moved.currency_code = rates.currency_code
    left join {{ ref('pipeline_window_rate') }} as last_rates
        on moved.view_code = last_rates.view_code and moved.period_start_date = last_rates.period_start_date
        and moved.period_end_date = last_rates.period_end_date and moved.last_open_currency_code = last_rates.currency_code

),

coded as (

    select
        *,
        case
            when opening_status_code is null and created_date >= period_start_date then 'created'
            when opening_status_code is null then 'discovered_late'
            when opening_status_code in ('vanished', 'deleted', 'merged') then 'reappeared'
            when opening_status_code = 'withdrawn' then 'restated'
            else 'reopened'
        end as entry_code,
        case
            when status_code in {{ closes }} and closed_date < period_start_date then 'restated'
            when status_code in {{ closes }} then status_code
            when status_code = 'merged' then 'merged_away'
            when status_code = 'withdrawn' then 'restated'
            else 'vanished'
        end as exit_code,
        was_open or has_open_span as was_in_pipeline,
        {# the last open state lies in the window, or opened it: this span goes on from there. What first told of a deal that came
           in within the window is its coming in. #}
        has_last_open and (
            was_open or last_open_from_date >= period_start_date and not (last_open_is_reconstructed and not is_reconstructed)
        ) as is_linked
    from valued

)

select
    *,
    status_code = 'open' and not (is_reconstructed and has_told_span and not was_open) as is_step,
    is_linked and last_open_is_reconstructed and not is_reconstructed as is_discovery,
    is_last_turn and status_code <> 'open' and was_in_pipeline as is_exit,
    is_last_turn and not was_in_pipeline and status_code in {{ closes }} and exit_code <> 'restated'
        and coalesce(opening_status_code <> status_code, true) as is_passage
from coded
