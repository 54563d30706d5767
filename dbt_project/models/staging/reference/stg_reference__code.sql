{# One code per field, source and word; a second row for the same word counts for nothing. #}
with ranked as (

    select
        *,
        row_number() over (
            partition by field, coalesce(mapped_source_system, '*'), source_value order by _row_number, _record_key
        ) as row_rank
    from {{ ref('stg_record__code_map') }}
    where code is not null

)

select field, coalesce(mapped_source_system, '*') as source_system, source_value, code
from ranked
where row_rank = 1
