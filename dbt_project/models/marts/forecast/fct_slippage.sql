{# What became of the deals that were due in a period when it began. A date that moved out of the period is pushed, one that was left to pass
   (or was pulled before the period) is lapsed; a date taken away counts as moved out. Whose: the owner when the period began. #}
with windows as (

    select * from {{ ref('pipeline_window') }} where view_code = 'as_known_now' and period_kind_code in ('month', 'fiscal_quarter')

),

due as (

    select
        windows.period_kind_code,
        windows.period_code,
        windows.period_start_date,
        windows.period_end_date,
        windows.closing_date,
        windows.is_complete,
        positions.*
    from {{ ref('fct_pipeline_position') }} as positions
    inner join windows on positions.position_date = windows.opening_date
    where
        positions.view_code = 'as_known_now'
        and positions.expected_close_date between windows.period_start_date and windows.period_end_date

),

ended as (

    select
        due.*,
        spans.status_code as closing_status_code,
        spans.expected_close_date as closing_expected_close_date
    from due
    inner join {{ ref('pipeline_span') }} as spans
        on due.view_code = spans.view_code and due.opportunity_id = spans.opportunity_id
        and due.closing_date >= spans.from_date and due.closing_date < spans.until_date

)

select
    concat(period_kind_code, ':', period_code, ':', opportunity_id) as slippage_id,
    {{ as_of_date() }} as as_of_date,
    period_kind_code,
    period_code,
    period_start_date,
    period_end_date,
    closing_date,
    is_complete,
    opportunity_id,
    owner_id,
    team_id,
    amount_base,
    expected_close_date,
    closing_status_code,
    closing_expected_close_date,
    case
        when closing_status_code in ('won', 'lost', 'closed_unknown') then closing_status_code
        when closing_status_code <> 'open' then 'vanished'
        when coalesce(closing_expected_close_date > period_end_date, true) then 'pushed'
        when closing_expected_close_date <= closing_date then 'lapsed'
        else 'pending'
    end as outcome_code
from ended
