{# What the playbook says a deal in a stage is worth, beside how such deals ended of late. Each deal once per stage it ever entered. #}
{%- set first_day = date_add_days(as_of_date(), 1 - (var('probability_window_days') | int)) -%}
with stages as (

    select * from {{ ref('dim_stage') }} where is_current and not is_lost

),

closed as (

    select
        opportunity_id,
        is_won
    from {{ ref('fct_opportunity') }}
    where
        (is_won or is_lost and counts_as_loss)
        and closed_date >= {{ first_day }} and closed_date <= {{ as_of_date() }}

),

entered as (

    select distinct
        opportunity_id,
        stage_set_code,
        stage_code
    from {{ ref('fct_stage_visit') }}

),

observed as (

    select
        entered.stage_set_code,
        entered.stage_code,
        {{ count_where('closed.is_won') }} as won_count,
        cast(count(*) as bigint) as closed_count
    from entered
    inner join closed on entered.opportunity_id = closed.opportunity_id
    group by entered.stage_set_code, entered.stage_code

),

counted as (

    select
        stages.stage_set_code,
        stages.stage_code,
        stages.stage_number,
        stages.is_won,
        stages.declared_probability_rate,
        coalesce(observed.won_count, 0) as won_count,
        coalesce(observed.closed_count, 0) as closed_count
    from stages
    left join observed on stages.stage_set_code = observed.stage_set_code and stages.stage_code = observed.stage_code

),

rated as (

    select
        *,
        {{ rate_columns('observed_probability', 'won_count', 'closed_count') }}
    from counted

)

select
    concat(stage_set_code, ':', stage_code) as stage_probability_id,
    {{ as_of_date() }} as as_of_date,
    stage_set_code,
    stage_code,
    stage_number,
    is_won,
    {{ first_day }} as window_start_date,
    {{ as_of_date() }} as window_end_date,
    declared_probability_rate,
    won_count,
    closed_count,
    {{ too_few('closed_count') }} as is_withheld,
    observed_probability_rate,
    observed_probability_rate_low,
    observed_probability_rate_high,
    declared_probability_rate < observed_probability_rate_low or declared_probability_rate > observed_probability_rate_high as is_drifted,
    coalesce(observed_probability_rate, declared_probability_rate) as probability_rate,
    case
        when observed_probability_rate is not null then 'observed'
        when declared_probability_rate is not null then 'declared'
    end as probability_source_code
from rated
