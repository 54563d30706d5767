{# Owners that a source lists, each as the person it is: one of the playbook by key or name, else itself. #}
select
    record.source_system,
    record._record_key,
    record.owner_name,
    coalesce(
        key_own.owner_id, key_any.owner_id, name_own.owner_id, name_any.owner_id, concat(record.source_system, ':', record._record_key)
    ) as owner_id,
    coalesce(key_own.owner_id, key_any.owner_id, name_own.owner_id, name_any.owner_id) is not null as is_mapped
from {{ ref('stg_record__owner') }} as record
left join {{ ref('stg_reference__alias') }} as key_own
    on record._record_key = key_own.alias_text and record.source_system = key_own.alias_source
left join {{ ref('stg_reference__alias') }} as key_any
    on record._record_key = key_any.alias_text and key_any.alias_source = '*'
left join {{ ref('stg_reference__alias') }} as name_own
    on record.owner_name = name_own.alias_text and record.source_system = name_own.alias_source
left join {{ ref('stg_reference__alias') }} as name_any
    on record.owner_name = name_any.alias_text and name_any.alias_source = '*'
where record.is_current
