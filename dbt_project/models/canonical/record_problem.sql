with numbered as (

    select
        step.*,
        problem._record_key,
        problem._sheet,
        problem._row_number,
        problem.problem_code,
        problem.column_name,
        problem.raw_value,
        problem.action_code,
        problem.raw_row,
        row_number() over (
            partition by step.delivery_id, step.entity
            order by problem._sheet nulls last, problem._row_number nulls last, problem.problem_code, problem.column_name nulls last,
                problem.raw_value nulls last, problem._record_key nulls last, problem.raw_row nulls last
        ) as problem_number
    from {{ ref('ledger_step') }} as step
    inner join {{ source('raw_ledger', 'problem') }} as problem
        on step.membership_id = problem._membership_id

)

select
    concat(delivery_id, ':', entity, ':', cast(problem_number as string)) as record_problem_id,
    entity,
    source_system || ':' || _record_key as record_id,
    source_system,
    delivery_id,
    delivered_at,
    delivered_date,
    scope,
    is_latest_in_scope,
    problem_code,
    column_name,
    {{ personal('raw_value') }} as raw_value,
    action_code,
    {{ personal('raw_row') }} as raw_row,
    original_name as _source_file,
    _sheet,
    _row_number
from numbered
