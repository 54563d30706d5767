{# Down the funnel of one cohort (the deals created in a period) the count must not rise and the chance of winning must not fall. The count
   holds by the way reached is defined; the chance need not: deals that skip a stage and win leave the losers in it. #}
with stages as (

    select * from {{ ref('dim_stage') }} where is_current and not is_lost and stage_number is not null

),

deals as (

    select
        deals.opportunity_id,
        deals.is_won,
        deals.is_won or deals.is_lost and deals.counts_as_loss as is_closed,
        coalesce(periods.period_kind_code, 'all') as period_kind_code,
        coalesce(periods.period_code, 'all') as period_code
    from {{ ref('fct_opportunity') }} as deals
    left join {{ ref('dim_period_day') }} as periods on deals.created_date = periods.date_day
    where deals.is_counted

),

counted as (

    select
        deals.period_kind_code,
        deals.period_code,
        reached.stage_set_code,
        reached.stage_code,
        cast(count(*) as bigint) as reached_count,
        {{ count_where("reached.reached_code = 'entered'") }} as entered_count,
        {{ count_where("reached.reached_code = 'entered' and deals.is_won") }} as won_count,
        {{ count_where("reached.reached_code = 'entered' and deals.is_closed") }} as closed_count
    from {{ ref('fct_stage_reached') }} as reached
    inner join deals on reached.opportunity_id = deals.opportunity_id
    group by deals.period_kind_code, deals.period_code, reached.stage_set_code, reached.stage_code

),

filled as (

    select
        periods.period_kind_code,
        periods.period_code,
        periods.period_start_date,
        periods.period_end_date,
        stages.stage_set_code,
        stages.stage_code,
        stages.stage_number,
        stages.declared_probability_rate,
        coalesce(counted.reached_count, 0) as reached_count,
        coalesce(counted.entered_count, 0) as entered_count,
        coalesce(counted.won_count, 0) as won_count,
        coalesce(counted.closed_count, 0) as closed_count
    from {{ ref('dim_period') }} as periods
    cross join stages
    left join counted
        on periods.period_kind_code = counted.period_kind_code
        and periods.period_code = counted.period_code
        and stages.stage_set_code = counted.stage_set_code
        and stages.stage_code = counted.stage_code

),

rated as (

    select
        *,
        {{ rate_columns('probability', 'won_count', 'closed_count') }}
    from filled

),

{# a withheld chance is passed over: each stage stands against the last one above it that is shown #}
followed as (

    select
        *,
        lag(reached_count) over (
            partition by period_kind_code, period_code, stage_set_code order by stage_number, stage_code
        ) as previous_reached_count,
        lag(declared_probability_rate) over (
            partition by period_kind_code, period_code, stage_set_code order by stage_number, stage_code
        ) as previous_declared_rate,
        {% for name in ['probability_rate', 'probability_rate_low'] -%}
        {{ last_known(name, 'partition by period_kind_code, period_code, stage_set_code order by stage_number, stage_code '
            ~ 'rows between unbounded preceding and 1 preceding') }} as previous_{{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from rated

)

select
    concat(period_kind_code, ':', period_code, ':', stage_set_code, ':', stage_code) as funnel_monotone_id,
    {{ as_of_date() }} as as_of_date,
    period_kind_code,
    period_code,
    period_start_date,
    period_end_date,
    stage_set_code,
    stage_code,
    stage_number,
    reached_count,
    previous_reached_count,
    entered_count,
    won_count,
    closed_count,
    {{ too_few('closed_count') }} as is_withheld,
    probability_rate,
    probability_rate_low,
    probability_rate_high,
    previous_probability_rate,
    declared_probability_rate,
    coalesce(reached_count > previous_reached_count, false) as is_count_rising,
    coalesce(probability_rate < previous_probability_rate, false) as is_probability_falling,
    coalesce(probability_rate_high < previous_probability_rate_low, false) as is_fall_certain,
    coalesce(declared_probability_rate < previous_declared_rate, false) as is_declared_falling
from followed
