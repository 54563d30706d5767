{# The way from a date to every period that holds it, in one join by equality; no date after the as-of date has happened. #}
with days as (

    select * from {{ ref('dim_date') }} where is_past

),

placed as (

    {% for kind, code in period_codes() %}
    select
        date_day,
        '{{ kind }}' as period_kind_code,
        {{ code }} as period_code
    from days
    union all
    {% endfor %}
    select
        date_day,
        'trailing_365_days' as period_kind_code,
        'trailing_365_days' as period_code
    from days
    where date_day > {{ date_add_days(as_of_date(), -365) }}
    union all
    select
        date_day,
        'all' as period_kind_code,
        'all' as period_code
    from days

)

select
    concat(cast(placed.date_day as string), '@', periods.period_id) as period_day_id,
    {{ as_of_date() }} as as_of_date,
    placed.date_day,
    placed.period_kind_code,
    placed.period_code
from placed
inner join {{ ref('dim_period') }} as periods
    on placed.period_kind_code = periods.period_kind_code and placed.period_code = periods.period_code
