{{ config(materialized=step()) }}
{# The team of an owner on every day there is: memberships and the holes between them (no team), without gap or overlap. An owner
   who was never in a team has no row. #}
with memberships as (

    select
        owner_id,
        team_id,
        valid_from_date as from_date,
        {{ date_add_days('valid_to_date', 1) }} as until_date
    from {{ ref('dim_team_membership') }}

),

neighbours as (

    select
        *,
        coalesce(lag(until_date) over (partition by owner_id order by from_date), cast('0001-01-01' as date)) as previous_until_date,
        lead(from_date) over (partition by owner_id order by from_date) as next_from_date
    from memberships

)

select owner_id, team_id, from_date, until_date
from neighbours
union all
select owner_id, cast(null as string) as team_id, previous_until_date as from_date, from_date as until_date
from neighbours
where previous_until_date < from_date
union all
select owner_id, cast(null as string) as team_id, until_date as from_date, cast('9999-12-31' as date) as until_date
from neighbours
where next_from_date is null and until_date < cast('9999-12-31' as date)
