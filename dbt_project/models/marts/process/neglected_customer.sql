{# Hot or large accounts that nobody touched in the time the playbook declares. Touched: a visit, call, e-mail or meeting with the customer, or for one of
   its deals. Without a declared limit, and in a company without activities, nobody is neglected. #}
with customers as (

    select *
    from {{ ref('customer') }}
    where not is_vanished and not coalesce(is_prospect, false) and coalesce(is_active, true)

),

deals as (

    select * from {{ ref('fct_opportunity') }} where customer_id is not null

),

limits as (

    select * from {{ ref('process_limit') }}

),

worth as (

    select
        deals.customer_id,
        min(deals.created_date) as first_created_date,
        {{ count_where('deals.is_open') }} as open_count,
        {{ count_where('deals.is_open and deals.amount_base is null') }} as open_no_amount_base_count,
        {{ sum_money('case when deals.is_open then deals.amount_base end') }} as open_amount_base,
        {{ sum_money("case when deals.is_won and deals.closed_date > " ~ date_add_days(as_of_date(), -365) ~ " then deals.amount_base end") }} as won_amount_base,
        max(case when deals.is_open then deals.declared_probability_rate end) as best_probability_rate,
        {{ count_where('deals.is_open and ' ~ in_list('deals.intent_code', 'limits.hot_intent_codes')) }} as hot_intent_count
    from deals
    cross join limits
    group by deals.customer_id

),

{# when it was last touched, and when it will be, as the customer in one row says #}
touched as (

    select customer_id, last_touch_date as touch_date, next_planned_date as planned_date from {{ ref('customer_360') }}

),

has_source as (

    select count(*) > 0 as has_activity_source from {{ ref('fct_activity') }}

),

judged as (

    select
        customers.customer_id,
        customers.owner_id,
        customers.size_code,
        coalesce(worth.open_count, 0) as open_count,
        coalesce(worth.open_no_amount_base_count, 0) as open_no_amount_base_count,
        coalesce(worth.open_amount_base, cast(0 as decimal(18,2))) as open_amount_base,
        coalesce(worth.won_amount_base, cast(0 as decimal(18,2))) as won_amount_base,
        worth.best_probability_rate,
        coalesce(worth.best_probability_rate >= limits.hot_probability_rate, false) or coalesce(worth.hot_intent_count > 0, false) as is_hot,
        coalesce(worth.open_amount_base + worth.won_amount_base >= limits.large_amount_base, false)
        or coalesce({{ in_list('customers.size_code', 'limits.large_size_codes') }}, false) as is_large,
        limits.hot_touch_days,
        limits.large_touch_days,
        touched.touch_date,
        coalesce(touched.touch_date, least(customers.first_delivered_date, coalesce(worth.first_created_date, customers.first_delivered_date))) as since_date,
        touched.planned_date
    from customers
    cross join limits
    cross join has_source
    left join worth on customers.customer_id = worth.customer_id
    left join touched on customers.customer_id = touched.customer_id
    where has_source.has_activity_source

),

limited as (

    select
        *,
        case
            when is_hot and is_large then least(coalesce(hot_touch_days, large_touch_days), coalesce(large_touch_days, hot_touch_days))
            when is_hot then hot_touch_days
            when is_large then large_touch_days
        end as limit_days,
        {{ days_between('since_date', as_of_date()) }} as days_since_touch
    from judged

),

days as (

    select date_day, working_day_number from {{ ref('dim_date') }}

),

memberships as (

    select * from {{ ref('dim_team_membership') }} where is_current

)

select
    limited.customer_id,
    {{ as_of_date() }} as as_of_date,
    limited.is_hot,
    limited.is_large,
    limited.limit_days as touch_limit_days,
    limited.touch_date as last_touch_date,
    limited.touch_date is null as is_never_touched,
    limited.days_since_touch,
    today.working_day_number - touch_day.working_day_number as working_days_since_touch,
    limited.planned_date as next_planned_date,
    limited.open_count,
    limited.open_amount_base,
    limited.open_no_amount_base_count,
    limited.won_amount_base,
    limited.best_probability_rate,
    limited.size_code,
    limited.owner_id,
    memberships.team_id
from limited
cross join (select working_day_number from days where date_day = {{ as_of_date() }}) as today
left join days as touch_day on limited.since_date = touch_day.date_day
left join memberships on limited.owner_id = memberships.owner_id
where limited.days_since_touch > limited.limit_days
