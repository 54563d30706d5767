-- The latest logged value of a deal's amount is the amount it has. Returns the deals for which it is not.
with logged as (

    select
        record_id,
        new_value,
        row_number() over (partition by record_id order by version_number desc) as recency_number
    from {{ ref('record_change_log') }}
    where entity = 'opportunity' and field_name = 'amount'

)

select logged.record_id, logged.new_value, fact.amount
from logged
inner join {{ ref('fct_opportunity') }} as fact on logged.record_id = fact.opportunity_id
where logged.recency_number = 1 and logged.new_value is distinct from cast(fact.amount as string)
