{# One row per stage set and stage: the one in force on the as-of date, else the latest declared. #}
with ranked as (

    select
        *,
        row_number() over (
            partition by stage_set_code, stage_code
            order by
                case when valid_from_date > {{ as_of_date() }} or valid_to_date < {{ as_of_date() }} then 1 else 0 end,
                valid_from_date desc nulls last,
                _record_key
        ) as row_rank
    from {{ ref('stg_record__stage') }}
    where stage_set_code is not null
        and stage_code is not null

)

select
    stage_set_code,
    stage_code,
    stage_number,
    stage_name_en,
    stage_name_zh_hant,
    coalesce(is_won, false) as is_won,
    coalesce(is_lost, false) as is_lost
from ranked
where row_rank = 1
