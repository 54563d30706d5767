{{ config(materialized=step()) }}
{# Every open deal of the as-of date with its owner's team of that day. #}
select
    deals.opportunity_id,
    deals.owner_id,
    membership.team_id,
    deals.stage_set_code,
    coalesce(deals.stage_code, 'unmapped') as stage_code,
    deals.stage_number,
    deals.amount_base,
    deals.expected_close_date,
    deals.forecast_category_code,
    deals.source_probability_rate
from {{ ref('fct_opportunity') }} as deals
{{ team_on_day('deals.owner_id', as_of_date()) }}
where deals.is_open
