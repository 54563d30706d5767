{# six levels are enough for a sales force, and both engines join what only one of them could recurse #}
{%- set levels = 6 -%}
with teams as (

    select team_id, parent_team_id from {{ ref('team') }}

),

{% for level in range(levels) %}
level_{{ level }} as (

    {% if level == 0 -%}
    select team_id, team_id as ancestor_team_id, parent_team_id as next_team_id from teams
    {%- else -%}
    select level_{{ level - 1 }}.team_id, teams.team_id as ancestor_team_id, teams.parent_team_id as next_team_id
    from level_{{ level - 1 }}
    inner join teams on level_{{ level - 1 }}.next_team_id = teams.team_id
    where teams.team_id <> level_{{ level - 1 }}.team_id
    {%- endif %}

),
{% endfor %}
paths as (

    {% for level in range(levels) -%}
    select team_id, ancestor_team_id, {{ level }} as distance_number from level_{{ level }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    concat(team_id, '>', ancestor_team_id) as team_rollup_id,
    team_id,
    ancestor_team_id,
    cast(min(distance_number) as int) as distance_number
from paths
group by team_id, ancestor_team_id
