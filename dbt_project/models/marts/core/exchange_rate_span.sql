{# the last rate of a currency holds until the next one, but no longer than the company allows #}
with rates as (

    select
        *,
        row_number() over (partition by from_currency_code, rate_date order by _delivered_at desc, exchange_rate_id) as rank_number
    from {{ ref('exchange_rate') }}
    where to_currency_code = '{{ var("base_currency") }}' and rate > 0 and rate_date is not null and from_currency_code <> to_currency_code

),

followed as (

    select
        *,
        lead(rate_date) over (partition by from_currency_code order by rate_date) as next_rate_date
    from rates
    where rank_number = 1

)

select
    exchange_rate_id,
    from_currency_code as currency_code,
    rate_date,
    rate as exchange_rate,
    rate_date as valid_from_date,
    least(
        coalesce(next_rate_date, cast('9999-12-31' as date)),
        {{ date_add_days('rate_date', var('exchange_rate_max_age_days') | int + 1) }}
    ) as valid_until_date
from followed
