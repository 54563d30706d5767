{# A customer in one row: position, follow-up, value, what is known of it, who is known there. Touched: a visit, call, e-mail or meeting that was
   done with the customer, or for one of its deals; whether that is often enough is the playbook's to say (process_rule.csv). #}
{%- set facts = {
    'tax_id': 'customers.tax_id is not null', 'industry': 'customers.industry_code is not null', 'size': 'customers.size_code is not null',
    'segment': 'customers.segment_code is not null', 'region': 'customers.region_code is not null', 'owner': 'customers.owner_id is not null',
    'budget': 'customers.budget_amount is not null', 'need': 'customers.need_text is not null', 'pain_point': 'customers.pain_point_text is not null',
    'preference': 'customers.preference_code is not null', 'contact': 'coalesce(known.contact_count, 0) > 0',
    'contact_role': 'coalesce(known.role_count, 0) > 0'
} -%}
{%- set money = {
    'open_amount_base': 'customer_value', 'expected_amount_base': 'customer_value', 'expected_margin_base': 'customer_margin',
    'won_amount_base': 'customer_won', 'won_margin_base': 'customer_won_margin'
} -%}
with supported as (

    {{ supported_measures(['customer_position', 'customer_touches'] + money.values() | unique | list) }}

),

customers as (

    select * from {{ ref('customer') }}

),

deals as (

    select * from {{ ref('fct_opportunity') }} where customer_id is not null

),

worth as (

    select * from {{ ref('customer_worth') }}

),

touches as (

    select
        coalesce(links.customer_id, deals.customer_id) as customer_id,
        links.activity_type_code,
        links.activity_date,
        row_number() over (
            partition by coalesce(links.customer_id, deals.customer_id) order by links.activity_date desc, links.activity_id desc
        ) as recency_rank
    from {{ ref('activity_link') }} as links
    left join deals on links.opportunity_id = deals.opportunity_id
    where
        links.activity_type_code in ('{{ touch_kinds() | join("', '") }}')
        and (links.customer_id is not null or links.is_counted)
        and coalesce(links.customer_id, deals.customer_id) is not null

),

touched as (

    select
        customer_id,
        max(activity_date) as touch_date,
        max(case when recency_rank = 1 then activity_type_code end) as touch_kind_code,
        {{ count_where("activity_date > " ~ date_add_days(as_of_date(), -365)) }} as touch_count
    from touches
    group by customer_id

),

planned as (

    select
        coalesce(activities.customer_id, deals.customer_id) as customer_id,
        min(activities.planned_date) as planned_date
    from {{ ref('fct_activity') }} as activities
    left join deals on activities.opportunity_id = deals.opportunity_id
    where
        not activities.is_done and not activities.is_vanished and activities.planned_date >= {{ as_of_date() }}
        and activities.activity_type_code in ('{{ touch_kinds() | join("', '") }}')
    group by coalesce(activities.customer_id, deals.customer_id)

),

known as (

    select
        customer_id,
        cast(count(*) as bigint) as contact_count,
        {{ count_where('role_code is not null') }} as role_count,
        {{ count_where('influence_code is not null') }} as influence_count
    from {{ ref('contact') }}
    where not is_vanished
    group by customer_id

),

judged as (

    select
        customers.*,
        worth.band_number,
        worth.furthest_open_stage_number,
        worth.last_won_date,
        worth.best_probability_rate,
        {%- for name in ['open_count', 'won_count', 'lost_count', 'open_no_amount_base_count', 'open_no_margin_count', 'won_no_margin_count'] %}
        case when supported.customer_position then coalesce(worth.{{ name }}, 0) end as {{ name }},
        {%- endfor %}
        {%- for name, measure in money.items() %}
        case when supported.{{ measure }} then coalesce(worth.{{ name }}, cast(0 as decimal(18,2))) end as {{ name }},
        {%- endfor %}
        touched.touch_date,
        touched.touch_kind_code,
        case when supported.customer_touches then coalesce(touched.touch_count, 0) end as touch_count,
        supported.customer_touches,
        {{ days_between('touched.touch_date', as_of_date()) }} as days_since_touch,
        planned.planned_date,
        limits.untouched_days,
        coalesce(known.contact_count, 0) as contact_count,
        coalesce(known.role_count, 0) as role_count,
        coalesce(known.influence_count, 0) as influence_count,
        {%- for fact, condition in facts.items() %}
        case when {{ condition }} then 1 else 0 end{{ ' +' if not loop.last else ' as known_fact_count,' }}
        {%- endfor %}
        concat(
            {%- for fact, condition in facts.items() %}
            case when {{ condition }} then '' else '|{{ fact }}' end{{ ',' if not loop.last }}
            {%- endfor %}
        ) as missing_facts
    from customers
    cross join {{ ref('process_limit') }} as limits
    cross join supported
    left join worth on customers.customer_id = worth.customer_id
    left join touched on customers.customer_id = touched.customer_id
    left join planned on customers.customer_id = planned.customer_id
    left join known on customers.customer_id = known.customer_id

),

{# recency: whole within the playbook's days, none from twice as many on #}
scored as (

    select
        *,
        {{ rate('known_fact_count', facts | length) }} as completeness_rate,
        case
            when untouched_days is null then null
            when touch_date is null then cast(0 as decimal(18,9))
            else cast(greatest(0e0, least(1e0, 2e0 - cast(days_since_touch as double) / untouched_days)) as decimal(18,9))
        end as recency_rate,
        case when customer_touches then cast(case when planned_date is not null then 1 else 0 end as decimal(18,9)) end as planned_rate
    from judged

)

select
    scored.customer_id,
    {{ as_of_date() }} as as_of_date,
    scored.customer_name,
    scored.owner_id,
    memberships.team_id,
    scored.segment_code,
    scored.size_code,
    scored.industry_code,
    scored.region_code,
    coalesce(scored.is_prospect, false) as is_prospect,
    scored.is_stub,
    scored.is_vanished,
    case coalesce(scored.band_number, 1) when 4 then 'closed' when 3 then 'negotiation' when 2 then 'intention' else 'potential' end as band_code,
    scored.furthest_open_stage_number,
    scored.best_probability_rate,
    scored.open_count,
    scored.won_count,
    scored.lost_count,
    scored.last_won_date,
    scored.touch_date as last_touch_date,
    scored.touch_kind_code as last_touch_kind_code,
    scored.days_since_touch,
    scored.touch_count as touch_365_days_count,
    scored.planned_date as next_planned_date,
    scored.open_amount_base,
    scored.open_no_amount_base_count,
    scored.expected_amount_base,
    scored.expected_margin_base,
    scored.open_no_margin_count,
    scored.won_amount_base,
    scored.won_margin_base,
    scored.won_no_margin_count,
    scored.contact_count,
    scored.role_count as contact_role_count,
    scored.influence_count as contact_influence_count,
    cast(scored.known_fact_count as int) as known_fact_count,
    cast({{ facts | length }} as int) as fact_count,
    nullif(substring(scored.missing_facts, 2), '') as missing_facts,
    scored.completeness_rate,
    scored.recency_rate,
    scored.planned_rate,
    cast((2e0 * scored.recency_rate + scored.planned_rate) / 3e0 as decimal(18,9)) as follow_up_rate,
    cast(((2e0 * scored.recency_rate + scored.planned_rate) / 3e0 + scored.completeness_rate) / 2e0 as decimal(18,9)) as account_rate
from scored
left join {{ ref('dim_team_membership') }} as memberships on scored.owner_id = memberships.owner_id and memberships.is_current
