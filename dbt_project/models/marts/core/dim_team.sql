with teams as (

    select * from {{ ref('team') }}

),

paths as (

    select
        rollup_row.team_id,
        {{ text_agg_sorted('coalesce(ancestor.team_name, ancestor.team_id)', ' / ', '-rollup_row.distance_number') }} as rollup_path,
        cast(count(*) as int) as level_number
    from {{ ref('dim_team_rollup') }} as rollup_row
    inner join teams as ancestor on rollup_row.ancestor_team_id = ancestor.team_id
    group by rollup_row.team_id

)

select
    teams.team_id,
    teams.team_name,
    teams.parent_team_id,
    teams.manager_owner_id,
    teams.region_code,
    paths.rollup_path,
    paths.level_number,
    teams.is_vanished,
    teams.source_system
from teams
inner join paths on teams.team_id = paths.team_id
