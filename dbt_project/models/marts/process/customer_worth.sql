{# Deals and money of each customer that has a deal. #}
with deals as (

    select * from {{ ref('fct_opportunity') }} where customer_id is not null

),

summed as (

    select
        customer_id,
        min(created_date) as first_created_date,
        {{ count_where('is_open') }} as open_count,
        {{ count_where('is_won') }} as won_count,
        {{ count_where('is_lost') }} as lost_count,
        max(case when is_open then stage_number end) as furthest_open_stage_number,
        cast(max(case
            when is_won then 4
            when is_open then case band_code when 'negotiation' then 3 when 'intention' then 2 else 1 end
        end) as int) as band_number,
        max(case when is_won then closed_date end) as last_won_date,
        {{ sum_money('case when is_open then amount_base end') }} as open_amount_base,
        {{ count_where('is_open and amount_base is null') }} as open_no_amount_base_count,
        {{ sum_money('weighted_amount_base') }} as expected_amount_base,
        {{ sum_money('case when is_open then cast(cast(margin_base as decimal(19,2)) * declared_probability_rate as decimal(18,2)) end') }} as expected_margin_base,
        {{ count_where('is_open and margin_base is null') }} as open_no_margin_count,
        {{ sum_money('case when is_won then amount_base end') }} as won_amount_base,
        {{ sum_money('case when is_won then margin_base end') }} as won_margin_base,
        {{ count_where('is_won and margin_base is null') }} as won_no_margin_count,
        max(case when is_open then declared_probability_rate end) as best_probability_rate
    from deals
    group by customer_id

),

supported as (

    {{ supported_measures(['customer_value', 'customer_margin', 'customer_won', 'customer_won_margin']) }}

)

select
    customer_id,
    {{ as_of_date() }} as as_of_date,
    first_created_date,
    open_count,
    won_count,
    lost_count,
    furthest_open_stage_number,
    band_number,
    last_won_date,
    case when supported.customer_value then open_amount_base end as open_amount_base,
    open_no_amount_base_count,
    case when supported.customer_value then expected_amount_base end as expected_amount_base,
    case when supported.customer_margin then expected_margin_base end as expected_margin_base,
    open_no_margin_count,
    case when supported.customer_won then won_amount_base end as won_amount_base,
    case when supported.customer_won_margin then won_margin_base end as won_margin_base,
    won_no_margin_count,
    best_probability_rate
from summed
cross join supported
