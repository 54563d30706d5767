with owners as (

    select * from {{ ref('owner') }}

),

memberships as (

    select owner_id, team_id from {{ ref('dim_team_membership') }} where is_current

)

select
    owners.owner_id,
    owners.owner_code,
    owners.owner_name,
    owners.joined_date,
    owners.left_date,
    owners.is_active,
    owners.is_mapped,
    owners.is_stub,
    memberships.team_id as current_team_id,
    owners.source_system
from owners
left join memberships on owners.owner_id = memberships.owner_id
