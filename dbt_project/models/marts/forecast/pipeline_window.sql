{# The windows between whose ends a view is compared: months and fiscal quarters, the last weeks, what funnel.yaml declares, and the days since
   the last publication; those under way too. A view has no window that opens before it begins: nothing was delivered, or published, to start from. #}
with published as (

    select
        min(published_date) as first_date,
        max(published_date) as last_date
    from {{ ref('opportunity_as_published') }}

),

periods as (

    select period_kind_code, period_code, period_start_date, period_end_date
    from {{ ref('dim_period') }}
    where period_kind_code in ('month', 'fiscal_quarter')
        or period_kind_code = 'week' and period_start_date > {{ date_add_days(as_of_date(), -7 * var('waterfall_weeks')) }}
    union all
    select
        'since_publication' as period_kind_code,
        cast(last_date as string) as period_code,
        {{ date_add_days('last_date', 1) }} as period_start_date,
        {{ as_of_date() }} as period_end_date
    from published
    where last_date is not null
    {%- for window in var('waterfalls') %}
    union all
    select
        'declared' as period_kind_code,
        '{{ window.code }}' as period_code,
        cast('{{ window.from }}' as date) as period_start_date,
        {% if window.to %}cast('{{ window.to }}' as date){% else %}{{ as_of_date() }}{% endif %} as period_end_date
    {%- endfor %}

),

delivered as (

    select coalesce(min(valid_from_date), cast('9999-12-31' as date)) as first_date from {{ ref('opportunity_version') }}

),

views as (

    select
        'as_known_now' as view_code,
        cast('0001-01-01' as date) as first_date,
        {{ as_of_date() }} as last_date,
        first_date as first_delivered_date
    from delivered
    union all
    select
        'as_delivered' as view_code,
        first_date,
        {{ as_of_date() }} as last_date,
        first_date as first_delivered_date
    from delivered
    union all
    select
        'as_published' as view_code,
        first_date,
        last_date,
        cast('0001-01-01' as date) as first_delivered_date
    from published

)

select
    concat(views.view_code, ':', periods.period_kind_code, ':', periods.period_code) as pipeline_window_id,
    {{ as_of_date() }} as as_of_date,
    views.view_code,
    periods.period_kind_code,
    periods.period_code,
    periods.period_start_date,
    periods.period_end_date,
    {{ date_add_days('periods.period_start_date', -1) }} as opening_date,
    least(periods.period_end_date, views.last_date) as closing_date,
    periods.period_end_date <= views.last_date as is_complete,
    {{ date_add_days('periods.period_start_date', -1) }} < views.first_delivered_date as is_reconstructed
from periods
inner join views
    on periods.period_start_date > views.first_date
    and periods.period_start_date <= views.last_date
