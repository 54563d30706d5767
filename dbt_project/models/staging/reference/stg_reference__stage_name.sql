{# One stage per source ('*' = any), stage set and stage name: the map first, then the playbook's own code and names. #}
with written as (

    select coalesce(map.mapped_source_system, '*') as source_system, stage.stage_set_code, map.source_stage_name, map.stage_code,
        case when coalesce(map.stage_set_code, '*') = '*' then 2 else 1 end as name_rank, map._record_key
    from {{ ref('stg_record__stage_map') }} as map
    inner join {{ ref('stg_reference__stage') }} as stage
        on map.stage_code = stage.stage_code
        and (coalesce(map.stage_set_code, '*') = '*' or map.stage_set_code = stage.stage_set_code)
    union all
    select '*', stage_set_code, stage_code, stage_code, 3, stage_code
    from {{ ref('stg_reference__stage') }}
    union all
    select '*', stage_set_code, stage_name_zh_hant, stage_code, 4, stage_code
    from {{ ref('stg_reference__stage') }}
    union all
    select '*', stage_set_code, stage_name_en, stage_code, 5, stage_code
    from {{ ref('stg_reference__stage') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by source_system, stage_set_code, source_stage_name order by name_rank, _record_key, stage_code
        ) as row_rank
    from written
    where source_stage_name is not null

)

select source_system, stage_set_code, source_stage_name, stage_code
from ranked
where row_rank = 1
