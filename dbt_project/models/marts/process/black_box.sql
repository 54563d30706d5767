{# 黑箱: a result without a single activity that counts for the deal between its creation and its close. A rep who wrote nothing at all in that time
   is told apart; in a company without any activity nobody can say. #}
with deals as (

    select
        opportunity_id,
        status_code,
        created_date,
        closed_date,
        coalesce(created_date, cast('0001-01-01' as date)) as from_date,
        coalesce(closed_date, {{ as_of_date() }}) as to_date,
        owner_at_close_id,
        amount_base
    from {{ ref('fct_opportunity') }}
    where status_code in ('won', 'lost')

),

activities as (

    select * from {{ ref('activity_link') }}

),

has_source as (

    select count(*) > 0 as has_activity_source from {{ ref('fct_activity') }}

),

counted as (

    select
        deals.opportunity_id,
        count(*) as activity_count,
        max(activities.activity_date) as last_activity_date
    from deals
    inner join activities on deals.opportunity_id = activities.opportunity_id
    where activities.is_counted and activities.activity_date >= deals.from_date and activities.activity_date <= deals.to_date
    group by deals.opportunity_id

),

unseen as (

    select deals.*
    from deals
    left join counted on deals.opportunity_id = counted.opportunity_id
    where counted.opportunity_id is null

),

written as (

    select distinct unseen.opportunity_id
    from unseen
    inner join (
        select distinct owner_id, activity_date from activities
    ) as days
        on unseen.owner_at_close_id = days.owner_id and days.activity_date >= unseen.from_date and days.activity_date <= unseen.to_date

),

memberships as (

    select * from {{ ref('dim_team_membership') }}

),

supported as (

    {{ supported_measures(['black_box']) }}

)

select
    deals.opportunity_id,
    {{ as_of_date() }} as as_of_date,
    deals.status_code,
    deals.created_date,
    deals.closed_date,
    deals.owner_at_close_id,
    memberships.team_id,
    deals.amount_base,
    case when supported.black_box then case when has_source.has_activity_source then cast(coalesce(counted.activity_count, 0) as bigint) end end as activity_count,
    counted.last_activity_date,
    case when supported.black_box then case when has_source.has_activity_source then counted.opportunity_id is null end end as is_black_box,
    case when supported.black_box then case when has_source.has_activity_source then counted.opportunity_id is null and written.opportunity_id is null end end as is_without_diary
from deals
cross join supported
cross join has_source
left join counted on deals.opportunity_id = counted.opportunity_id
left join written on deals.opportunity_id = written.opportunity_id
left join memberships
    on deals.owner_at_close_id = memberships.owner_id
    and deals.closed_date >= memberships.valid_from_date and deals.closed_date <= memberships.valid_to_date
