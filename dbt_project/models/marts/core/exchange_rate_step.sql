{# What a currency is worth from each day on, without a hole: NULL before its first rate and where the last one is too old. #}
{{ config(materialized=step()) }}
with spans as (

    select * from {{ ref('exchange_rate_span') }}

),

rates as (

    select currency_code, valid_from_date as from_date, exchange_rate
    from spans
    union all
    select spans.currency_code, spans.valid_until_date, cast(null as decimal(18,9))
    from spans
    left join spans as later on spans.currency_code = later.currency_code and spans.valid_until_date = later.valid_from_date
    where later.currency_code is null
    union all
    select distinct currency_code, cast('0001-01-01' as date), cast(null as decimal(18,9))
    from spans

),

stepped as (

    select *, lag(exchange_rate) over (partition by currency_code order by from_date) as last_rate
    from rates
    where from_date <= {{ as_of_date() }}

)

select
    currency_code,
    exchange_rate,
    from_date,
    coalesce(lead(from_date) over (partition by currency_code order by from_date), cast('9999-12-31' as date)) as until_date
from stepped
where from_date = cast('0001-01-01' as date) or (exchange_rate is distinct from last_rate)
