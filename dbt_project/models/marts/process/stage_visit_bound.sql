{# Instants between which each visit certainly, and possibly, began and ended. A bound that only a day or a delivery tells is an interval; of two
   neighbours the later one cannot have come before the earlier one. A visit still under way ends with the as-of date. #}
{%- set in_order = 'partition by opportunity_id order by visit_sequence' -%}
{%- set unknown = "cast('0001-01-01 00:00:00' as timestamp)" -%}
with visits as (

    select * from {{ ref('fct_stage_visit') }}

),

told as (

    select
        *,
        case
            when is_entry_censored then {{ unknown }}
            else coalesce(entered_not_before_at, entered_at, {{ start_of_business_date('entered_date') }})
        end as told_entry_from_at,
        coalesce(entered_at, {{ end_of_business_date('entered_date') }}) as told_entry_by_at,
        coalesce(exited_not_before_at, exited_at, {{ start_of_business_date('exited_date') }}, {{ end_of_business_date(as_of_date()) }}) as told_exit_from_at,
        coalesce(exited_at, {{ end_of_business_date('exited_date') }}, {{ end_of_business_date(as_of_date()) }}) as told_exit_by_at
    from visits

),

followed as (

    select
        *,
        coalesce(lag(told_exit_from_at) over ({{ in_order }}), told_entry_from_at) as last_exit_from_at
    from told

),

ordered as (

    select
        *,
        max(greatest(told_entry_from_at, last_exit_from_at)) over ({{ in_order }} rows between unbounded preceding and current row) as entry_from_at,
        min(least(told_entry_by_at, told_exit_by_at)) over ({{ in_order }} rows between current row and unbounded following) as entry_by_at
    from followed

),

closed as (

    select
        *,
        greatest(told_exit_from_at, entry_from_at) as exit_from_at,
        greatest(
            least(told_exit_by_at, coalesce(lead(entry_by_at) over ({{ in_order }}), told_exit_by_at)),
            entry_by_at
        ) as exit_by_at
    from ordered

)

select
    stage_visit_id,
    {{ as_of_date() }} as as_of_date,
    opportunity_id,
    visit_sequence,
    cast(count(*) over (partition by opportunity_id) as bigint) as visit_count,
    stage_set_code,
    stage_code,
    stage_number,
    is_won_stage,
    ended_by_code,
    nullif(entry_from_at, {{ unknown }}) as entry_from_at,
    entry_by_at,
    exit_from_at,
    exit_by_at,
    lag(stage_visit_id) over ({{ in_order }}) as previous_stage_visit_id,
    lead(entry_from_at) over ({{ in_order }}) as next_entry_from_at,
    lag(exit_from_at) over ({{ in_order }}) as previous_exit_from_at,
    lag(exit_by_at) over ({{ in_order }}) as previous_exit_by_at
from closed
