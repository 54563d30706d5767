{# The playbook in force: the latest live one dated on or before the as-of date, else the first of all. #}
with playbook as (

    select *, delivered_date <= {{ as_of_date() }} as is_due
    from {{ ref('stg_ledger__delivery') }}
    where is_live
        and source_kind = 'playbook'

),

chosen as (

    select coalesce(max(case when is_due then delivery_order end), min(delivery_order)) as delivery_order
    from playbook

)

select playbook.*
from playbook
inner join chosen on playbook.delivery_order = chosen.delivery_order
