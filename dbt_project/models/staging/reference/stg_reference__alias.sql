{# What a person may be called, in one source or in any ('*'): alias, else name, else code. Two people of one name: none. #}
with called as (

    select alias as alias_text, coalesce(alias_source, '*') as alias_source, owner_code, 1 as alias_rank
    from {{ ref('stg_record__people') }}
    union all
    select owner_name, '*', owner_code, 2
    from {{ ref('stg_record__people') }}
    union all
    select owner_code, '*', owner_code, 3
    from {{ ref('stg_record__people') }}

),

counted as (

    select alias_text, alias_source, alias_rank, min(owner_code) as owner_code, count(distinct owner_code) as owner_count
    from called
    where alias_text is not null
        and owner_code is not null
    group by alias_text, alias_source, alias_rank

),

ranked as (

    select *, row_number() over (partition by alias_text, alias_source order by alias_rank) as best_rank
    from counted

)

select
    alias_text,
    alias_source,
    case when owner_count = 1 then concat('playbook:', owner_code) end as owner_id,
    cast(owner_count as bigint) as owner_count
from ranked
where best_rank = 1
