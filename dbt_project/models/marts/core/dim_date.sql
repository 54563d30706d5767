{# fifteen years back to three ahead of the as-of date: wide enough for every period that marts compare #}
{%- set as_of = as_of_date() -%}
{%- set year = night_value('as_of_date')[:4] | int -%}
{%- set start_month = var('fiscal_year_start_month') | int -%}
with days as (

    {{ day_spine("cast('" ~ (year - 15) ~ "-01-01' as date)", "cast('" ~ (year + 3) ~ "-12-31' as date)") }}

),

calendar as (

    select * from {{ ref('working_calendar') }}

),

named as (

    select
        days.date_day,
        cast(extract(year from days.date_day) as int) as calendar_year,
        cast(extract(month from days.date_day) as int) as calendar_month_number,
        cast({{ days_between("cast('1970-01-05' as date)", "days.date_day") }} % 7 as int) + 1 as weekday_number,
        calendar.is_working_day as declared_is_working_day,
        calendar.day_name
    from days
    left join calendar on days.date_day = calendar.calendar_date

),

judged as (

    select
        *,
        weekday_number in ({{ var('working_weekdays') | join(', ') }}) as is_working_weekday,
        cast((calendar_month_number - {{ start_month }} + 12) % 12 as int) + 1 as fiscal_month_number,
        calendar_year + case when {{ start_month }} > 1 and calendar_month_number >= {{ start_month }} then 1 else 0 end as fiscal_year
    from named

),

decided as (

    select
        *,
        {{ date_add_days('date_day', '4 - weekday_number') }} as week_thursday_date,
        coalesce(declared_is_working_day, is_working_weekday) as is_working_day,
        cast(floor((fiscal_month_number - 1) / 3) as int) + 1 as fiscal_quarter_number
    from judged

)

select
    date_day,
    calendar_year,
    calendar_month_number,
    cast(date_trunc('month', date_day) as date) as month_start_date,
    substring(cast(date_day as string), 1, 7) as month_code,
    cast(date_trunc('week', date_day) as date) as week_start_date,
    {#- ISO 8601: a week belongs to the year of its Thursday #}
    concat(
        cast(extract(year from week_thursday_date) as string), '-W',
        lpad(cast(cast(floor((extract(doy from week_thursday_date) - 1) / 7) as int) + 1 as string), 2, '0')
    ) as week_code,
    weekday_number,
    cast(fiscal_year as int) as fiscal_year,
    fiscal_quarter_number,
    fiscal_month_number,
    concat('FY', cast(fiscal_year as string)) as fiscal_year_code,
    concat('FY', cast(fiscal_year as string), '-Q', cast(fiscal_quarter_number as string)) as fiscal_quarter_code,
    is_working_day,
    is_working_weekday and not is_working_day as is_holiday,
    is_working_day and not is_working_weekday as is_make_up_day,
    day_name,
    cast(
        sum(case when is_working_day then 1 else 0 end) over (order by date_day rows between unbounded preceding and current row) as int
    ) as working_day_number,
    date_day <= {{ as_of }} as is_past
from decided
