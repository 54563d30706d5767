{{ config(materialized='view') }}
{# Every open deal on every calendar date, weekends too, until it closes or goes away: a view, so that three years of days cost nothing until
   somebody asks. It names schemas only and can be read in any copy of the warehouse. #}
{%- set last_day = "least(" ~ date_add_days('valid_until_date', -1) ~ ", " ~ as_of_date() ~ ")" -%}
with spans as (

    select * from {{ ref('opportunity_interval').include(database=false) }}
    where status_code = 'open' and is_end_of_day and valid_from_date <= {{ as_of_date() }}

),

days as (

    {{ day_spine('valid_from_date', last_day) }}, spans.* from spans

)

select
    days.date_day,
    days.opportunity_id,
    days.opportunity_interval_id,
    days.is_reconstructed,
    days.stage_set_code,
    days.stage_code,
    days.stage_number,
    days.band_code,
    days.declared_probability_rate,
    days.stage_visit_id,
    days.stage_entered_date,
    {{ days_between('days.stage_entered_date', 'days.date_day') }} as days_in_stage,
    {{ days_between('deals.created_date', 'days.date_day') }} as age_days,
    days.owner_id,
    days.customer_id,
    days.amount,
    days.currency_code,
    days.exchange_rate,
    days.amount_base,
    days.expected_close_date,
    days.forecast_category_code,
    days.source_probability_rate
from days
inner join {{ ref('fct_opportunity').include(database=false) }} as deals on days.opportunity_id = deals.opportunity_id
