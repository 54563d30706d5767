{{ config(materialized=step()) }}
{# Each transition as the company, each owner and each team (with all above it) sees it: the deal may stay with them, come or go.
   Without an owner or a team the key is `-`. #}
{%- set everything = 'transitions.*' -%}
with transitions as (

    select
        *,
        case when has_before then coalesce(before_owner_id, '-') end as before_owner_key,
        case when has_before then coalesce(before_team_id, '-') end as before_team_key,
        case when has_after then coalesce(after_owner_id, '-') end as after_owner_key,
        case when has_after then coalesce(after_team_id, '-') end as after_team_key
    from {{ ref('pipeline_transition') }}

),

rollup as (

    select team_id, ancestor_team_id from {{ ref('dim_team_rollup') }}
    union all
    select distinct '-' as team_id, '-' as ancestor_team_id from {{ ref('dim_team_rollup') }}

)

select transitions.*, 'company' as scope_code, '-' as scope_key, has_before as is_before, has_after as is_after
from transitions
union all
select transitions.*, 'owner' as scope_code, after_owner_key as scope_key, coalesce(before_owner_key = after_owner_key, false) as is_before, true as is_after
from transitions
where has_after
union all
select transitions.*, 'owner' as scope_code, before_owner_key as scope_key, true as is_before, false as is_after
from transitions
where has_before and coalesce(before_owner_key <> after_owner_key, true)
union all
select transitions.*, 'team' as scope_code, after_team.ancestor_team_id as scope_key, before_team.ancestor_team_id is not null as is_before, true as is_after
from transitions
inner join rollup as after_team on transitions.after_team_key = after_team.team_id
left join rollup as before_team
    on transitions.before_team_key = before_team.team_id and after_team.ancestor_team_id = before_team.ancestor_team_id
union all
select transitions.*, 'team' as scope_code, before_team.ancestor_team_id as scope_key, true as is_before, false as is_after
from transitions
inner join rollup as before_team on transitions.before_team_key = before_team.team_id
left join rollup as after_team
    on transitions.after_team_key = after_team.team_id and before_team.ancestor_team_id = after_team.ancestor_team_id
where after_team.ancestor_team_id is null
