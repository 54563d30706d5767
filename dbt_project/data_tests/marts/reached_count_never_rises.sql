-- Down the funnel of one stage set the cohort never grows. Returns the stages where it does.
with stages as (

    select
        stage_set_code,
        stage_code,
        stage_number,
        reached_count,
        min(reached_count) over (
            partition by stage_set_code order by stage_number range between unbounded preceding and 1 preceding
        ) as least_before
    from {{ ref('funnel_by_stage') }}
    where stage_number is not null

)

select *
from stages
where reached_count > least_before
