{{ config(materialized=step()) }}
{# The rate at which a window values a currency: the one of its opening date; where none was known yet, the first one within. #}
with currencies as (

    select distinct currency_code
    from {{ ref('pipeline_span') }}
    where currency_code <> '{{ var("base_currency") }}'

),

found as (

    select
        windows.view_code,
        windows.period_start_date,
        windows.period_end_date,
        rates.currency_code,
        rates.exchange_rate,
        row_number() over (
            partition by windows.view_code, windows.period_start_date, windows.period_end_date, rates.currency_code
            order by rates.valid_from_date, rates.exchange_rate_id
        ) as rank_number
    from {{ ref('pipeline_window_days') }} as windows
    inner join {{ ref('exchange_rate_span') }} as rates
        on windows.opening_date < rates.valid_until_date and windows.closing_date >= rates.valid_from_date
    inner join currencies on rates.currency_code = currencies.currency_code

)

select
    view_code,
    period_start_date,
    period_end_date,
    currency_code,
    exchange_rate
from found
where rank_number = 1
