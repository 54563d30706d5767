{{ config(materialized=step()) }}
{# Each transition as those see it who hold the deal before and after it: an owner in the team of that day. It may stay with them, come or go.
   Without an owner or a team the key is `-`. #}
with transitions as (

    select
        *,
        case when has_before then coalesce(before_owner_id, '-') end as before_owner_key,
        case when has_before then coalesce(before_team_id, '-') end as before_team_key,
        case when has_after then coalesce(after_owner_id, '-') end as after_owner_key,
        case when has_after then coalesce(after_team_id, '-') end as after_team_key
    from {{ ref('pipeline_transition') }}

)

select
    transitions.*,
    after_owner_key as owner_key,
    after_team_key as team_key,
    coalesce(before_owner_key = after_owner_key and before_team_key = after_team_key, false) as is_before,
    true as is_after
from transitions
where has_after
union all
select transitions.*, before_owner_key as owner_key, before_team_key as team_key, true as is_before, false as is_after
from transitions
where has_before and coalesce(before_owner_key <> after_owner_key or before_team_key <> after_team_key, true)
