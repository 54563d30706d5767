{# Open deals by forecast category, cumulative: commit within most likely within best case within the whole open pipeline, for all deals and
   by the month and quarter in which they are due, from the running one on. A deal that nobody gave a category of an open deal is in the pipeline as `unmapped`. #}
{%- set categories = [(1, 'commit'), (2, 'most_likely'), (3, 'best_case'), (4, 'pipeline'), (5, 'omitted'), (6, 'unmapped')] -%}
with days as (

    select * from {{ ref('dim_date') }}

),

calendar as (

    {% for kind in ['month', 'fiscal_quarter'] -%}
    select
        '{{ kind }}' as period_kind_code,
        {{ kind }}_code as period_code,
        min(date_day) as period_start_date,
        max(date_day) as period_end_date
    from days
    group by {{ kind }}_code
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

periods as (

    select * from calendar where period_end_date >= {{ as_of_date() }}
    union all
    select 'all' as period_kind_code, 'all' as period_code, cast(null as date) as period_start_date, cast(null as date) as period_end_date

),

open_deals as (

    select * from {{ ref('open_deal') }}

),

deals as (

    {{ scoped('open_deals') }}

),

placed as (

    select
        deals.*,
        periods.period_kind_code,
        periods.period_code,
        periods.period_start_date,
        periods.period_end_date,
        case
            when deals.forecast_category_code in ('commit', 'most_likely', 'best_case', 'pipeline', 'omitted') then deals.forecast_category_code
            else 'unmapped'
        end as category_code
    from deals
    inner join periods
        on periods.period_kind_code = 'all'
        or deals.expected_close_date >= periods.period_start_date and deals.expected_close_date <= periods.period_end_date

),

wins as (

    select won.*, membership.team_id
    from (
        select owner_at_close_id as owner_id, closed_date, amount_base
        from {{ ref('fct_opportunity') }}
        where is_won
    ) as won
    {{ team_on_day('won.owner_id', 'won.closed_date') }}

),

scoped_wins as (

    {{ scoped('wins') }}

),

won_in_period as (

    select
        scoped_wins.scope_code,
        scoped_wins.scope_id,
        periods.period_kind_code,
        periods.period_code,
        cast(count(*) as bigint) as won_count,
        {{ sum_money('scoped_wins.amount_base') }} as won_amount_base
    from scoped_wins
    inner join periods on scoped_wins.closed_date >= periods.period_start_date and scoped_wins.closed_date <= periods.period_end_date
    group by scoped_wins.scope_code, scoped_wins.scope_id, periods.period_kind_code, periods.period_code

),

categories as (

    {% for number, code in categories -%}
    select cast({{ number }} as int) as category_number, '{{ code }}' as category_code
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

cells as (

    select scope_code, scope_id, period_kind_code, period_code, period_start_date, period_end_date from placed
    union
    select 'company' as scope_code, cast(null as string) as scope_id, period_kind_code, period_code, period_start_date, period_end_date
    from periods
    where coalesce(period_start_date <= {{ as_of_date() }}, true)

),

counted as (

    select
        cells.scope_code,
        cells.scope_id,
        cells.period_kind_code,
        cells.period_code,
        cells.period_start_date,
        cells.period_end_date,
        categories.category_number,
        categories.category_code,
        {%- for name, condition in [
            ('own', 'placed.category_code = categories.category_code'),
            ('cumulative', "categories.category_number <= 3 and rank_of.category_number <= categories.category_number or categories.category_number = 4 and rank_of.category_number is not null")
        ] %}
        {{ count_where(condition) }} as {{ name }}_count,
        {{ sum_money('case when ' ~ condition ~ ' then placed.amount_base end') }} as {{ name }}_amount_base,
        {{ count_where('(' ~ condition ~ ') and placed.amount_base is null') }} as {{ name }}_no_amount_base_count{{ ',' if not loop.last }}
        {%- endfor %}
    from cells
    cross join categories
    left join placed on {{ same_scope_period('cells', 'placed') }}
    left join categories as rank_of on placed.category_code = rank_of.category_code
    group by cells.scope_code, cells.scope_id, cells.period_kind_code, cells.period_code, cells.period_start_date, cells.period_end_date,
        categories.category_number, categories.category_code

),

supported as (

    {{ supported_measures(['forecast_category', 'forecast_by_due_month', 'forecast_amount', 'forecast_won_amount', 'forecast_with_won']) }}

)

select
    concat({{ scope_period_key('counted') }}, ':', counted.category_code) as forecast_category_id,
    {{ scope_period_columns('counted') }},
    counted.category_number,
    counted.category_code,
    counted.own_count,
    case when supported.forecast_amount then counted.own_amount_base end as own_amount_base,
    counted.own_no_amount_base_count,
    case when counted.category_number <= 4 then counted.cumulative_count end as cumulative_count,
    case when counted.category_number <= 4 and supported.forecast_amount then counted.cumulative_amount_base end as cumulative_amount_base,
    case when counted.category_number <= 4 then counted.cumulative_no_amount_base_count end as cumulative_no_amount_base_count,
    case when counted.period_kind_code <> 'all' then coalesce(won_in_period.won_count, 0) end as won_count,
    case when counted.period_kind_code <> 'all' and supported.forecast_won_amount then coalesce(won_in_period.won_amount_base, cast(0 as decimal(18,2))) end as won_amount_base,
    case
        when counted.period_kind_code <> 'all' and counted.category_number <= 4 and supported.forecast_with_won
            then cast(counted.cumulative_amount_base + coalesce(won_in_period.won_amount_base, 0) as decimal(18,2))
    end as cumulative_with_won_amount_base
from counted
cross join supported
left join won_in_period on {{ same_scope_period('counted', 'won_in_period') }}
where (supported.forecast_category or counted.category_code in ('pipeline', 'unmapped')) and (supported.forecast_by_due_month or counted.period_kind_code = 'all')
