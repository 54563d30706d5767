{# Records of the playbook in force, with lineage. One row per entity, key and content. #}
with playbook as (

    select * from {{ ref('ledger_playbook') }}

),

member as (

    select _membership_id, _record_key, _record_hash, min(_sheet) as _sheet, min(_row_number) as _row_number
    from {{ source('raw_ledger', 'membership') }}
    where _membership_id in (select membership_id from playbook)
        and not _is_refused
    group by _membership_id, _record_key, _record_hash

)

select
    playbook.source_system,
    playbook.entity,
    playbook.delivery_id,
    playbook.delivered_at,
    playbook.delivered_date,
    playbook._loaded_at,
    playbook.original_name,
    member._record_key,
    member._record_hash,
    member._sheet,
    member._row_number
from playbook
inner join member on playbook.membership_id = member._membership_id
