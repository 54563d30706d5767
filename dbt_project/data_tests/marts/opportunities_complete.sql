-- Every canonical deal is in fct_opportunity once, and nothing else is. Returns the differences.
select coalesce(canonical.opportunity_id, fact.opportunity_id) as opportunity_id
from {{ ref('opportunity') }} as canonical
full outer join {{ ref('fct_opportunity') }} as fact on canonical.opportunity_id = fact.opportunity_id
where canonical.opportunity_id is null or fact.opportunity_id is null
