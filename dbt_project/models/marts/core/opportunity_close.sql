{# The owner on the day of the close. Versions before the close that were known on that day say so; where the owner differs between
   that version and the one that first shows the close, the hand-over cannot be dated against it: the earlier owner, marked uncertain. #}
with closed as (

    select *
    from {{ ref('opportunity') }}
    where (is_won or is_lost) and coalesce(closed_date <= {{ as_of_date() }}, true)

),

versions as (

    select
        closed.opportunity_id,
        closed.is_won,
        closed.closed_at,
        closed.closed_date,
        versions.version_number,
        versions.owner_id,
        versions.valid_from_date,
        versions.valid_from_at,
        max(case when versions.is_won = closed.is_won and versions.is_lost = closed.is_lost then 0 else versions.version_number end)
            over (partition by closed.opportunity_id) as last_other_number
    from closed
    inner join {{ ref('opportunity_version') }} as versions on closed.opportunity_id = versions.opportunity_id

),

known as (

    select
        *,
        max(case
            when version_number <= last_other_number and coalesce(valid_from_date <= closed_date, true) then version_number
            else 1
        end) over (partition by opportunity_id) as known_number
    from versions

)

select
    opportunity_id,
    is_won,
    max(closed_at) as closed_at,
    max(closed_date) as closed_date,
    max(case when version_number = known_number then owner_id end) as owner_id,
    count(distinct coalesce(owner_id, '')) > 1 as is_owner_uncertain,
    cast(max(last_other_number) + 1 as bigint) as closed_version_number,
    max(case when version_number = last_other_number + 1 then valid_from_date end) as first_shown_date
from known
where version_number >= known_number and version_number <= last_other_number + 1
group by opportunity_id, is_won
