{{ config(materialized=step()) }}
{# Each deal once per stage it entered, at its first entry, with what became of it: advanced if it later entered a higher stage or the win
   (a stage skipped on the way is passed, never entered), else as the deal stands. Only a deal that is still there is still open. #}
with deals as (

    select * from {{ ref('fct_opportunity') }} where is_counted

),

visits as (

    select
        *,
        row_number() over (partition by opportunity_id, stage_set_code, stage_code order by visit_sequence) as entry_number
    from {{ ref('fct_stage_visit') }}

),

entries as (

    select * from visits where entry_number = 1 and not is_won_stage

),

{# at most one entry per stage stands on the left, so a deal that moves to and fro five thousand times stays harmless #}
advanced as (

    select
        entries.stage_visit_id,
        min(later.entered_date) as advanced_date
    from entries
    inner join visits as later
        on entries.opportunity_id = later.opportunity_id
        and entries.visit_sequence < later.visit_sequence
        and (entries.stage_number < later.stage_number or later.is_won_stage)
    group by entries.stage_visit_id

),

placed as (

    select
        entries.stage_visit_id,
        entries.opportunity_id,
        entries.stage_set_code,
        entries.stage_code,
        entries.stage_number,
        entries.entered_date,
        entries.is_entry_censored,
        owners.owner_at_entry_id as owner_id,
        deals.counts_as_loss,
        coalesce(advanced.advanced_date, case when deals.is_won then deals.closed_date end) as advanced_date,
        case
            when advanced.stage_visit_id is not null or deals.is_won then 'advanced'
            when deals.is_lost then 'lost'
            when deals.is_open then 'still_open'
            else 'vanished'
        end as outcome_code
    from entries
    inner join deals on entries.opportunity_id = deals.opportunity_id
    left join advanced on entries.stage_visit_id = advanced.stage_visit_id
    left join {{ ref('stage_visit_attribution') }} as owners on entries.stage_visit_id = owners.stage_visit_id

)

select
    placed.*,
    membership.team_id
from placed
{{ team_on_day('placed.owner_id', 'placed.entered_date') }}
