{%- set bands = [
    (1, 'potential', 'Potential', '潛在'), (2, 'intention', 'Intention', '意向'),
    (3, 'negotiation', 'Negotiation', '談判'), (4, 'closed', 'Closed', '成交')
] -%}
with bands as (

    {% for number, code, name_en, name_zh_hant in bands -%}
    select
        cast({{ number }} as int) as band_number,
        '{{ code }}' as band_code,
        '{{ name_en }}' as band_name_en,
        '{{ name_zh_hant }}' as band_name_zh_hant
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

{# an open deal whose stage nobody knows is potential at least; 成交 holds wins only #}
deals as (

    select
        opportunity.opportunity_id,
        opportunity.customer_id,
        opportunity.amount_base,
        case when opportunity.is_won then 4 else coalesce(bands.band_number, 1) end as band_number
    from {{ ref('fct_opportunity') }} as opportunity
    left join bands on opportunity.band_code = bands.band_code
    where opportunity.is_open or opportunity.is_won

),

by_deal as (

    select
        band_number,
        cast(count(*) as bigint) as deal_count,
        {{ sum_money('amount_base') }} as amount_base,
        {{ count_where('amount_base is null') }} as no_amount_base_count
    from deals
    group by band_number

),

customers as (

    select
        customer.customer_id,
        customer.is_prospect,
        coalesce(max(deals.band_number), 1) as band_number
    from {{ ref('dim_customer') }} as customer
    left join deals on customer.customer_id = deals.customer_id
    where not customer.is_vanished or deals.customer_id is not null
    group by customer.customer_id, customer.is_prospect

),

by_customer as (

    select
        band_number,
        cast(count(*) as bigint) as customer_count,
        {{ count_where('is_prospect') }} as directory_customer_count
    from customers
    group by band_number

),

joined as (

    select
        bands.*,
        coalesce(by_deal.deal_count, 0) as deal_count,
        coalesce(by_deal.amount_base, cast(0 as decimal(18,2))) as amount_base,
        coalesce(by_deal.no_amount_base_count, 0) as no_amount_base_count,
        coalesce(by_customer.customer_count, 0) as customer_count,
        coalesce(by_customer.directory_customer_count, 0) as directory_customer_count
    from bands
    left join by_deal on bands.band_number = by_deal.band_number
    left join by_customer on bands.band_number = by_customer.band_number

),

totalled as (

    select
        *,
        cast(sum(deal_count) over () as bigint) as all_deal_count,
        cast(sum(customer_count) over () as bigint) as all_customer_count
    from joined

),

supported as (

    {{ supported_measures(['amount_by_band', 'customers_by_band']) }}

)

select
    {{ as_of_date() }} as as_of_date,
    band_code,
    band_number,
    band_name_en,
    band_name_zh_hant,
    deal_count,
    all_deal_count,
    {{ withheld_rate('deal_count', 'all_deal_count') }} as deal_rate,
    {{ withheld_wilson('deal_count', 'all_deal_count', '-') }} as deal_rate_low,
    {{ withheld_wilson('deal_count', 'all_deal_count', '+') }} as deal_rate_high,
    case when supported.amount_by_band then amount_base end as amount_base,
    no_amount_base_count,
    case when supported.customers_by_band then customer_count end as customer_count,
    all_customer_count,
    {{ withheld_rate('customer_count', 'case when supported.customers_by_band then all_customer_count end') }} as customer_rate,
    {{ withheld_wilson('customer_count', 'case when supported.customers_by_band then all_customer_count end', '-') }} as customer_rate_low,
    {{ withheld_wilson('customer_count', 'case when supported.customers_by_band then all_customer_count end', '+') }} as customer_rate_high,
    directory_customer_count
from totalled
cross join supported
