{# The funnel on the evenings of the last ninety days and of every month end, in three views: as known now; as delivered by that evening;
   as published that night. A stage without a deal has its row; the probability is that of the playbook in force on the day. #}
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
        coalesce(
            lead(from_date) over (partition by opportunity_id order by step_number), cast('9999-12-31' as date)
        ) as until_date
    from {{ ref('pipeline_step_delivered') }}

),

standing as (

    select views.view_code, views.date_day, spans.stage_set_code, spans.stage_code, spans.amount_base, spans.is_reconstructed
    from {{ ref('opportunity_interval') }} as spans
    inner join views on spans.valid_from_date <= views.date_day and views.date_day < spans.valid_until_date
    where views.view_code = 'as_known_now' and spans.status_code = 'open'
    union all
    select
        views.view_code,
        views.date_day,
        spans.stage_set_code,
        spans.stage_code,
        {{ base_amount('spans.amount', 'spans.currency_code', 'rates.exchange_rate') }} as amount_base,
        false as is_reconstructed
    from delivered as spans
    inner join views on spans.from_date <= views.date_day and views.date_day < spans.until_date
    left join {{ ref('exchange_rate_span') }} as rates
        on spans.currency_code = rates.currency_code
        and views.date_day >= rates.valid_from_date and views.date_day < rates.valid_until_date
    where views.view_code = 'as_delivered' and spans.status_code = 'open'
    union all
    select views.view_code, views.date_day, published.stage_set_code, published.stage_code, published.amount_base, false as is_reconstructed
    from published
    inner join views on published.published_date = views.date_day
    where views.view_code = 'as_published' and published.status_code = 'open'

),

counted as (

    select
        standing.view_code,
        standing.date_day,
        standing.stage_set_code,
        coalesce(stages.stage_code, 'unmapped') as stage_code,
        cast(count(*) as bigint) as open_count,
        {{ sum_money('standing.amount_base') }} as amount_base,
        {{ sum_money('cast(cast(standing.amount_base as decimal(19,2)) * stages.declared_probability_rate as decimal(18,2))') }} as weighted_amount_base,
        {{ count_where('standing.amount_base is null') }} as no_amount_base_count,
        {{ count_where('standing.is_reconstructed') }} as reconstructed_count
    from standing
    left join stages
        on standing.stage_set_code = stages.stage_set_code and standing.stage_code = stages.stage_code
        and standing.date_day >= stages.from_date and standing.date_day < stages.until_date
    group by standing.view_code, standing.date_day, standing.stage_set_code, coalesce(stages.stage_code, 'unmapped')

),

grid as (

    select
        views.view_code,
        views.date_day,
        views.is_month_end,
        stages.stage_set_code,
        stages.stage_code,
        stages.stage_number,
        stages.band_code,
        stages.declared_probability_rate
    from views
    inner join stages on views.date_day >= stages.from_date and views.date_day < stages.until_date
    union all
    select
        counted.view_code,
        counted.date_day,
        views.is_month_end,
        counted.stage_set_code,
        counted.stage_code,
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
    grid.date_day,
    grid.is_month_end,
    grid.view_code,
    grid.stage_set_code,
    grid.stage_code,
    grid.stage_number,
    grid.band_code,
    grid.declared_probability_rate,
    coalesce(counted.open_count, 0) as open_count,
    case when supported.funnel_any_evening_amount then coalesce(counted.amount_base, cast(0 as decimal(18,2))) end as amount_base,
    case when supported.funnel_any_evening_amount then coalesce(counted.weighted_amount_base, cast(0 as decimal(18,2))) end as weighted_amount_base,
    coalesce(counted.no_amount_base_count, 0) as no_amount_base_count,
    coalesce(counted.reconstructed_count, 0) as reconstructed_count
from grid
cross join supported
left join counted
    on grid.view_code = counted.view_code and grid.date_day = counted.date_day
    and grid.stage_set_code = counted.stage_set_code and grid.stage_code = counted.stage_code
