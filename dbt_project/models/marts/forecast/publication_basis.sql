{# What tonight's figures rest on: each delivery that counts, and the code (with the settings of funnel.yaml). #}
select
    delivery_id as publication_basis_id,
    {{ as_of_date() }} as as_of_date,
    case when source_kind = 'playbook' then 'playbook' else 'delivery' end as cause_code,
    source_system
from {{ ref('delivery') }}
where is_effective and source_kind <> 'publication'
group by delivery_id, source_kind, source_system
union all
select
    'code:{{ night_value("code_digest") }}' as publication_basis_id,
    {{ as_of_date() }} as as_of_date,
    'code' as cause_code,
    cast(null as string) as source_system
