{{ config(materialized=step()) }}
{# What a deal can be grouped by, in one long shape. It has one value of most dimensions, several of products and competitors, and one team per
   level. Owner and team are those at its creation, so that a group keeps the deals it began with. #}
with deals as (

    select * from {{ ref('fct_opportunity') }} where is_counted

),

owned as (

    select
        deals.opportunity_id,
        versions.owner_id,
        membership.team_id
    from deals
    left join {{ ref('opportunity_version') }} as versions
        on deals.opportunity_id = versions.opportunity_id and versions.version_number = 1
    {{ team_on_day('versions.owner_id', 'coalesce(deals.created_date, deals.first_delivered_date)') }}

),

families as (

    select distinct
        lines.opportunity_id,
        coalesce(products.family_code, 'unknown') as family_code
    from {{ ref('opportunity_line') }} as lines
    left join {{ ref('dim_product') }} as products on lines.product_id = products.product_id
    where lines.opportunity_id is not null and not lines.is_vanished

),

competitors as (

    select distinct
        opportunity_id,
        competitor_name
    from {{ ref('opportunity_competitor') }}
    where opportunity_id is not null and competitor_name is not null and not is_vanished

)

select opportunity_id, 'lead_source' as dimension_code, coalesce(lead_source_code, 'unknown') as dimension_value from deals
union all
select opportunity_id, 'opportunity_type' as dimension_code, coalesce(opportunity_type_code, 'unknown') as dimension_value from deals
union all
select deals.opportunity_id, 'segment' as dimension_code, coalesce(customers.segment_code, 'unknown') as dimension_value
from deals
left join {{ ref('dim_customer') }} as customers on deals.customer_id = customers.customer_id
union all
select deals.opportunity_id, 'region' as dimension_code, coalesce(customers.region_code, 'unknown') as dimension_value
from deals
left join {{ ref('dim_customer') }} as customers on deals.customer_id = customers.customer_id
union all
select deals.opportunity_id, 'product_family' as dimension_code, coalesce(families.family_code, 'none') as dimension_value
from deals
left join families on deals.opportunity_id = families.opportunity_id
union all
select deals.opportunity_id, 'competitor' as dimension_code, coalesce(competitors.competitor_name, 'none') as dimension_value
from deals
left join competitors on deals.opportunity_id = competitors.opportunity_id
union all
select opportunity_id, 'owner' as dimension_code, coalesce(owner_id, 'none') as dimension_value from owned
union all
select owned.opportunity_id, 'team' as dimension_code, coalesce(above.ancestor_team_id, 'none') as dimension_value
from owned
left join {{ ref('dim_team_rollup') }} as above on owned.team_id = above.team_id
