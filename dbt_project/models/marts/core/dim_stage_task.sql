with tasks as (

    select * from {{ ref('stage_task') }}

)

select
    stage_task_id,
    stage_set_code,
    stage_code,
    task_code,
    activity_type_code,
    minimum_count,
    required_texts,
    task_name_en,
    task_name_zh_hant,
    valid_from_date,
    valid_to_date,
    coalesce(valid_from_date <= {{ as_of_date() }}, true) and coalesce(valid_to_date >= {{ as_of_date() }}, true) as is_in_force
from tasks
