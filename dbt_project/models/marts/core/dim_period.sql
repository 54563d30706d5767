{# Every period a chart may show: from the company's first event to the period that holds the as-of date. A grid joins it, so that a
   period in which nothing happened still has its row. #}
with events as (

    select least(min(created_date), min(closed_date)) as first_date from {{ ref('opportunity') }}
    union all
    select min(changed_date) as first_date from {{ ref('stage_change') }}
    union all
    select least(min(occurred_date), min(planned_date)) as first_date from {{ ref('activity') }}

),

first_event as (

    select least(coalesce(min(first_date), {{ as_of_date() }}), {{ as_of_date() }}) as first_date from events

),

named as (

    {% for kind, code in period_codes() %}
    select
        '{{ kind }}' as period_kind_code,
        {{ code }} as period_code,
        min(date_day) as period_start_date,
        max(date_day) as period_end_date
    from {{ ref('dim_date') }}
    group by {{ code }}
    union all
    {% endfor %}
    select
        'trailing_365_days' as period_kind_code,
        'trailing_365_days' as period_code,
        {{ date_add_days(as_of_date(), -364) }} as period_start_date,
        {{ as_of_date() }} as period_end_date
    union all
    select
        'all' as period_kind_code,
        'all' as period_code,
        cast(null as date) as period_start_date,
        cast(null as date) as period_end_date

)

select
    concat(named.period_kind_code, ':', named.period_code) as period_id,
    {{ as_of_date() }} as as_of_date,
    named.period_kind_code,
    named.period_code,
    cast(row_number() over (partition by named.period_kind_code order by named.period_start_date, named.period_code) as bigint) as period_number,
    named.period_start_date,
    named.period_end_date,
    coalesce(named.period_end_date <= {{ as_of_date() }}, false) as is_complete
from named
inner join first_event
    on coalesce(case when named.period_kind_code <> 'trailing_365_days' then named.period_end_date end, cast('9999-12-31' as date)) >= first_event.first_date
where coalesce(named.period_start_date <= {{ as_of_date() }}, true)
