{{ config(materialized=step()) }}
{# Who looks after each customer now, and in which team. #}
select customers.customer_id, customers.owner_id, memberships.team_id
from {{ ref('dim_customer') }} as customers
left join {{ ref('dim_team_membership') }} as memberships on customers.owner_id = memberships.owner_id and memberships.is_current
where customers.owner_id is not null and not customers.is_vanished
