{# an owner belongs to one team a day: a later membership ends the earlier one on the day before, so that nobody counts twice #}
with memberships as (

    select
        *,
        coalesce(valid_from_date, cast('0001-01-01' as date)) as first_date,
        coalesce(valid_to_date, cast('9999-12-30' as date)) as last_date
    from {{ ref('team_membership') }}
    where not is_vanished and owner_id is not null and team_id is not null

),

numbered as (

    select
        *,
        row_number() over (partition by owner_id, first_date order by last_date desc, team_membership_id) as rank_number
    from memberships

),

followed as (

    select
        *,
        lead(first_date) over (partition by owner_id order by first_date) as next_first_date
    from numbered
    where rank_number = 1

),

ended as (

    select
        *,
        case
            when next_first_date <= last_date then {{ date_add_days('next_first_date', -1) }}
            else last_date
        end as own_last_date
    from followed

)

select
    team_membership_id,
    owner_id,
    team_id,
    first_date as valid_from_date,
    own_last_date as valid_to_date,
    {{ as_of_date() }} between first_date and own_last_date as is_current
from ended
where own_last_date >= first_date
