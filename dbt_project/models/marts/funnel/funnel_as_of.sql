{# The funnel on the evenings of the last ninety days and of every month end, in three views: as known now; as delivered by that evening;
   as published that night. A stage without a deal has its row; the probability is that of the playbook in force on the day. Nobody is counted anew for
   every evening: what came and went by then is added up. #}
{%- set measures = {'open_count': 'count(*)', 'amount_base': 'coalesce(sum(amount_base), 0)', 'weighted_amount_base': 'coalesce(sum(weighted_amount_base), 0)',
    'no_amount_base_count': 'sum(case when amount_base is null then 1 else 0 end)', 'reconstructed_count': 'sum(case when is_reconstructed then 1 else 0 end)'} -%}
{%- set cell = 'view_code, stage_set_code, stage_code' -%}
with evenings as (

    select date_day, max(is_month_end) = 1 as is_month_end
    from (
        select period_end_date as date_day, 1 as is_month_end from {{ ref('dim_period') }} where period_kind_code = 'month' and is_complete
        union all
        select date_day, 0 as is_month_end from ({{ day_spine(date_add_days(as_of_date(), -89), as_of_date()) }}) as recent
    ) as listed
    group by date_day

),

bounds as (

    select
        min(valid_from_date) as first_delivered_date,
        (select min(period_start_date) from {{ ref('dim_period') }} where period_kind_code = 'week') as first_known_date
    from {{ ref('opportunity_version') }}

),

published as (

    select * from {{ ref('opportunity_as_published') }}

),

views as (

    select 'as_known_now' as view_code, evenings.* from evenings inner join bounds on evenings.date_day >= bounds.first_known_date
    union all
    select 'as_delivered' as view_code, evenings.* from evenings inner join bounds on evenings.date_day >= bounds.first_delivered_date
    union all
    select 'as_published' as view_code, evenings.*
    from evenings
    inner join (select distinct published_date from published) as nights on evenings.date_day = nights.published_date

),

stages as (

    select
        *,
        case when row_number() over in_order = 1 then cast('0001-01-01' as date) else valid_from_date end as from_date,
        coalesce(lead(valid_from_date) over in_order, cast('9999-12-31' as date)) as until_date
    from {{ ref('dim_stage') }}
    where not is_lost and not is_won
    window in_order as (partition by stage_set_code, stage_code order by coalesce(valid_from_date, cast('0001-01-01' as date)), stage_id)

),

delivered as (

    select
        *,
        coalesce(lead(from_date) over (partition by opportunity_id order by step_number), cast('9999-12-31' as date)) as until_date
    from {{ ref('pipeline_step_delivered') }}

),

{# in another currency: worth what the day's rate says #}
standing as (

    select
        'as_known_now' as view_code, stage_set_code, stage_code, amount_base, is_reconstructed, valid_from_date as from_date, valid_until_date as until_date
    from {{ ref('opportunity_interval') }}
    where status_code = 'open'
    union all
    select
        'as_delivered' as view_code, spans.stage_set_code, spans.stage_code,
        {{ base_amount('spans.amount', 'spans.currency_code', 'rates.exchange_rate') }} as amount_base,
        false as is_reconstructed,
        greatest(spans.from_date, coalesce(rates.from_date, spans.from_date)) as from_date,
        least(spans.until_date, coalesce(rates.until_date, spans.until_date)) as until_date
    from delivered as spans
    left join {{ ref('exchange_rate_step') }} as rates
        on case when spans.currency_code <> '{{ var("base_currency") }}' then spans.currency_code end = rates.currency_code
        and rates.from_date < spans.until_date and spans.from_date < rates.until_date
    where spans.status_code = 'open'
    union all
    select 'as_published' as view_code, stage_set_code, stage_code, amount_base, false as is_reconstructed, published_date as from_date,
        {{ date_add_days('published_date', 1) }} as until_date
    from published
    where status_code = 'open'

),

staged as (

    select
        standing.view_code, standing.stage_set_code, coalesce(stages.stage_code, 'unmapped') as stage_code, standing.amount_base,
        cast(cast(standing.amount_base as decimal(19,2)) * stages.declared_probability_rate as decimal(18,2)) as weighted_amount_base,
        standing.is_reconstructed,
        greatest(standing.from_date, coalesce(stages.from_date, standing.from_date)) as from_date,
        least(standing.until_date, coalesce(stages.until_date, standing.until_date)) as until_date
    from standing
    left join stages
        on standing.stage_set_code = stages.stage_set_code and standing.stage_code = stages.stage_code
        and stages.from_date < standing.until_date and standing.from_date < stages.until_date
    where standing.from_date < standing.until_date

),

steps as (

    {% for day, sign in [('from_date', ''), ('until_date', '-')] -%}
    select
        {{ cell }},
        {{ day }} as date_day,
        {%- for measure, sum in measures.items() %}
        {{ sign }}{{ sum }} as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from staged
    group by {{ cell }}, {{ day }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

marked as (

    select {{ cell }}, date_day, 0 as is_evening, {{ measures | join(', ') }} from steps
    union all
    select cells.*, views.date_day, 1 as is_evening{% for _ in measures %}, 0{% endfor %}
    from (select distinct {{ cell }} from steps) as cells
    inner join views on cells.view_code = views.view_code

),

walked as (

    select
        {{ cell }},
        date_day,
        is_evening,
        {%- for measure in measures %}
        cast(sum({{ measure }}) over (
            partition by {{ cell }} order by date_day, is_evening range between unbounded preceding and current row
        ) as {{ 'bigint' if measure.endswith('_count') else 'decimal(18,2)' }}) as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from marked

),

counted as (

    select * from walked where is_evening = 1 and open_count > 0

),

grid as (

    select
        views.view_code, views.date_day, views.is_month_end,
        stages.stage_set_code, stages.stage_code, stages.stage_number, stages.band_code, stages.declared_probability_rate
    from views
    inner join stages on views.date_day >= stages.from_date and views.date_day < stages.until_date
    union all
    select
        counted.view_code, counted.date_day, views.is_month_end, counted.stage_set_code, counted.stage_code,
        cast(null as int) as stage_number,
        cast(null as string) as band_code,
        cast(null as decimal(18,9)) as declared_probability_rate
    from counted
    inner join views on counted.view_code = views.view_code and counted.date_day = views.date_day
    where counted.stage_code = 'unmapped'

),

supported as (

    {{ supported_measures(['funnel_any_evening_amount']) }}

)

select
    concat(grid.view_code, ':', cast(grid.date_day as string), ':', grid.stage_set_code, ':', grid.stage_code) as funnel_as_of_id,
    {{ as_of_date() }} as as_of_date,
    grid.date_day, grid.is_month_end,
    grid.view_code,
    grid.stage_set_code,
    grid.stage_code,
    grid.stage_number, grid.band_code,
    grid.declared_probability_rate,
    {%- for measure in measures %}
    {%- set counted = 'coalesce(counted.' ~ measure ~ ', ' ~ ('0' if measure.endswith('_count') else 'cast(0 as decimal(18,2))') ~ ')' %}
    {%- set shown = counted if measure.endswith('_count') else 'case when supported.funnel_any_evening_amount then ' ~ counted ~ ' end' %}
    {{ shown }} as {{ measure }}{{ ',' if not loop.last }}
    {%- endfor %}
from grid
cross join supported
left join counted
    on grid.view_code = counted.view_code and grid.date_day = counted.date_day
    and grid.stage_set_code = counted.stage_set_code and grid.stage_code = counted.stage_code
