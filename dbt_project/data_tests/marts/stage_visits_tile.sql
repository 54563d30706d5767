-- A deal is in one stage at a time: a visit ends before the next begins.
-- Returns visits that overlap, run backwards or stay open under a later one.
with visits as (

    select
        stage_visit_id,
        entered_date,
        exited_date,
        visit_days,
        lead(entered_date) over (partition by opportunity_id order by visit_sequence) as next_entered_date
    from {{ ref('fct_stage_visit') }}

)

select *
from visits
where
    exited_date < entered_date
    or visit_days < 0
    or (next_entered_date is not null and (exited_date is null or exited_date > next_entered_date))
