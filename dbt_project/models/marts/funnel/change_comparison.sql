{# As many days before a declared change as have passed since (at most 180), side by side. It shows what differed, not why: other things change
   on the same day, and deals under way straddle it. #}
{%- set longest = 180 -%}
{%- set company_measures = ['win_rate', 'won_cycle', 'won_amount', 'won_margin'] -%}
{%- set stage_measures = ['stage_conversion', 'stage_days'] -%}
with markers as (

    select
        marker_code,
        marker_name_en,
        marker_name_zh_hant,
        effective_date,
        least({{ days_between('effective_date', as_of_date()) }} + 1, {{ longest }}) as window_days
    from {{ ref('change_marker') }}
    where effective_date <= {{ as_of_date() }}

),

windows as (

    select
        marker_code,
        'before' as side_code,
        {{ date_add_days('effective_date', '-window_days') }} as from_date,
        effective_date as until_date
    from markers
    union all
    select
        marker_code,
        'after' as side_code,
        effective_date as from_date,
        {{ date_add_days('effective_date', 'window_days') }} as until_date
    from markers

),

days as (

    select
        windows.marker_code,
        windows.side_code,
        dates.date_day
    from {{ ref('dim_date') }} as dates
    inner join windows on dates.date_day >= windows.from_date and dates.date_day < windows.until_date

),

measured as (

    select
        days.marker_code,
        days.side_code,
        observations.measure_code,
        observations.stage_set_code,
        observations.stage_code,
        cast(count(*) as bigint) as observed_count,
        {{ count_where('observations.is_success') }} as success_count,
        {{ percentile(0.5, 'observations.value_days') }} as median_days,
        cast(sum(observations.value_days) as double) / nullif(count(observations.value_days), 0) as mean_days,
        cast(sum(observations.amount_base) as double) / nullif(count(observations.amount_base), 0) as mean_amount_base,
        {{ rate('sum(observations.margin_base)', 'sum(observations.amount_base)') }} as margin_ratio
    from {{ ref('change_observation') }} as observations
    inner join days on observations.observed_date = days.date_day
    group by 1, 2, 3, 4, 5

),

compared as (

    select
        {% for name in company_measures -%}
        '{{ name }}' as measure_code, cast(null as string) as stage_set_code, cast(null as string) as stage_code, cast(null as int) as stage_number
        union all
        select
        {% endfor -%}
        measures.measure_code,
        stages.stage_set_code,
        stages.stage_code,
        stages.stage_number
    from {{ ref('dim_stage') }} as stages
    cross join (
        {% for name in stage_measures -%}
        select '{{ name }}' as measure_code
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as measures
    where stages.is_current and not stages.is_won and not stages.is_lost

),

joined as (

    select
        markers.*,
        compared.measure_code,
        compared.stage_set_code,
        compared.stage_code,
        compared.stage_number,
        {% for side in ['before', 'after'] -%}
        coalesce({{ side }}_side.observed_count, 0) as {{ side }}_count,
        case
            when compared.measure_code in ('win_rate', 'stage_conversion') then coalesce({{ side }}_side.success_count, 0)
        end as {{ side }}_success_count,
        cast({{ side }}_side.median_days as decimal(18,9)) as {{ side }}_median_days,
        cast({{ side }}_side.mean_days as decimal(18,9)) as {{ side }}_mean_days,
        case when compared.measure_code = 'won_amount' then cast({{ side }}_side.mean_amount_base as decimal(18,2)) end as {{ side }}_mean_amount_base,
        {{ side }}_side.margin_ratio as {{ side }}_margin_ratio{{ ',' if not loop.last }}
        {% endfor %}
    from markers
    cross join compared
    {% for side in ['before', 'after'] -%}
    left join measured as {{ side }}_side
        on markers.marker_code = {{ side }}_side.marker_code
        and compared.measure_code = {{ side }}_side.measure_code
        and compared.stage_set_code is not distinct from {{ side }}_side.stage_set_code
        and compared.stage_code is not distinct from {{ side }}_side.stage_code
        and {{ side }}_side.side_code = '{{ side }}'
    {% endfor %}

),

rated as (

    select
        *,
        {{ rate_columns('before', 'before_success_count', 'case when before_success_count is not null then before_count end') }},
        {{ rate_columns('after', 'after_success_count', 'case when after_success_count is not null then after_count end') }}
    from joined

)

select
    concat(marker_code, ':', measure_code, ':', coalesce(stage_set_code, '-'), ':', coalesce(stage_code, '-')) as change_comparison_id,
    {{ as_of_date() }} as as_of_date,
    marker_code,
    marker_name_en,
    marker_name_zh_hant,
    effective_date,
    {{ date_add_days('effective_date', '-window_days') }} as before_start_date,
    {{ date_add_days('effective_date', 'window_days - 1') }} as after_end_date,
    cast(window_days as int) as window_days,
    measure_code,
    stage_set_code,
    stage_code,
    stage_number,
    before_count,
    after_count,
    {{ too_few('before_count') }} or {{ too_few('after_count') }} as is_withheld,
    before_success_count,
    before_rate,
    before_rate_low,
    before_rate_high,
    after_success_count,
    after_rate,
    after_rate_low,
    after_rate_high,
    after_rate_low > before_rate_high or after_rate_high < before_rate_low as is_apart,
    {% for name in ['median_days', 'mean_days', 'mean_amount_base', 'margin_ratio'] -%}
    before_{{ name }},
    after_{{ name }}{{ ',' if not loop.last }}
    {% endfor %}
from rated
