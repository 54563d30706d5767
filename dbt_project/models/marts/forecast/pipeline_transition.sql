{{ config(materialized=step()) }}
{# What happened to each deal in each window, as steps from one state in the pipeline to the next, or to and from outside. A deal comes in at
   most once (its first open state, if it was not open before) and goes out at most once (if it is not open at the end): what was lost and
   reopened within one window stayed. A deal that arrives closed comes in and goes out. A result belongs to the owner on its day: where
   that is another than the last one, the deal is handed over first. #}
{%- set window_columns = 'view_code, opportunity_id, period_start_date, period_end_date' -%}
with moves as (

    select
        *,
        case when has_last_open then last_amount else own_amount end as exit_amount,
        case when has_last_open then last_open_expected_close_date else expected_close_date end as exit_due_date,
        is_passage or status_code in ('won', 'lost') as has_own_holder
    from {{ ref('pipeline_move') }}

),

within as (

    select
        {{ window_columns }},
        span_number * 3 as transition_number,
        is_linked as has_before,
        case when is_linked then last_open_owner_id end as before_owner_id,
        case when is_linked then last_open_team_id end as before_team_id,
        case when is_linked then last_amount end as before_amount,
        case when is_linked then last_open_expected_close_date end as before_due_date,
        true as has_after,
        owner_id as after_owner_id,
        team_id as after_team_id,
        own_amount as after_amount,
        expected_close_date as after_due_date,
        is_discovery,
        case when not is_linked then entry_code end as entry_code,
        cast(null as string) as exit_code,
        cast(null as decimal(18,2)) as won_amount_base
    from moves
    where is_step

),

{# into the hands of the one who closes it #}
handed as (

    select
        {{ window_columns }},
        span_number * 3 + 1 as transition_number,
        is_exit as has_before,
        case when is_exit then last_open_owner_id end as before_owner_id,
        case when is_exit then last_open_team_id end as before_team_id,
        case when is_exit then exit_amount end as before_amount,
        case when is_exit then exit_due_date end as before_due_date,
        true as has_after,
        owner_id as after_owner_id,
        team_id as after_team_id,
        exit_amount as after_amount,
        exit_due_date as after_due_date,
        false as is_discovery,
        case when is_passage then entry_code end as entry_code,
        cast(null as string) as exit_code,
        cast(null as decimal(18,2)) as won_amount_base
    from moves
    where is_passage or is_exit and has_own_holder

),

gone as (

    select
        {{ window_columns }},
        span_number * 3 + 2 as transition_number,
        true as has_before,
        case when has_own_holder then owner_id else last_open_owner_id end as before_owner_id,
        case when has_own_holder then team_id else last_open_team_id end as before_team_id,
        exit_amount as before_amount,
        exit_due_date as before_due_date,
        false as has_after,
        cast(null as string) as after_owner_id,
        cast(null as string) as after_team_id,
        cast(null as decimal(18,2)) as after_amount,
        cast(null as date) as after_due_date,
        false as is_discovery,
        cast(null as string) as entry_code,
        exit_code,
        case when exit_code = 'won' then closing_amount_base end as won_amount_base
    from moves
    where is_passage or is_exit

)

select * from within
union all
select * from handed
union all
select * from gone
