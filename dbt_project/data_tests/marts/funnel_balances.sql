-- The funnel's rows add up to the deals: open deals and their base money by stage, open and won deals by band.
-- Returns the sums that differ.
with sums as (

    select
        (select sum(open_count) from {{ ref('funnel_by_stage') }}) as open_by_stage,
        (select count(*) from {{ ref('fct_opportunity') }} where is_open) as open_deals,
        (select sum(amount_base) from {{ ref('funnel_by_stage') }}) as amount_by_stage,
        (select coalesce(sum(amount_base), 0) from {{ ref('fct_opportunity') }} where is_open) as amount_of_deals,
        (select sum(deal_count) from {{ ref('funnel_by_band') }}) as in_bands,
        (select count(*) from {{ ref('fct_opportunity') }} where is_open or is_won) as open_or_won

)

select *
from sums
where coalesce(open_by_stage, 0) <> open_deals or coalesce(amount_by_stage, 0) <> amount_of_deals or in_bands <> open_or_won
