with changes as (

    select *
    from {{ ref('stage_change') }}
    where is_visit and to_stage_code is not null and changed_date <= {{ as_of_date() }}

),

stages as (

    select * from {{ ref('dim_stage') }} where is_current

),

gone as (

    select * from {{ ref('opportunity_gone') }}

),

named as (

    select
        changes.*,
        stages.stage_number,
        coalesce(stages.is_won, false) as is_won_stage,
        coalesce(stages.is_lost, false) as is_lost_stage,
        lag(changes.to_stage_code) over (partition by changes.opportunity_id order by changes.change_number) as last_stage_code
    from changes
    left join stages on changes.stage_set_code = stages.stage_set_code and changes.to_stage_code = stages.stage_code

),

{# seen again in the stage where it already stands: nothing happened #}
moves as (

    select
        named.*,
        lead(to_stage_code) over (partition by opportunity_id order by change_number) as next_stage_code,
        lead(stage_number) over (partition by opportunity_id order by change_number) as next_stage_number,
        lead(is_won_stage) over (partition by opportunity_id order by change_number) as next_is_won,
        lead(is_lost_stage) over (partition by opportunity_id order by change_number) as next_is_lost,
        lead(changed_at) over (partition by opportunity_id order by change_number) as next_at,
        lead(changed_date) over (partition by opportunity_id order by change_number) as next_date,
        lead(changed_not_before_at) over (partition by opportunity_id order by change_number) as next_not_before_at,
        lead(evidence_code) over (partition by opportunity_id order by change_number) as next_evidence_code
    from named
    where last_stage_code is null or last_stage_code <> to_stage_code

),

ended as (

    select
        moves.*,
        case
            when moves.next_is_lost then 'lost'
            when moves.next_is_won then 'won'
            when moves.next_stage_number > moves.stage_number then 'advanced'
            when moves.next_stage_code is not null then 'moved_back'
            when moves.is_won_stage then 'won'
            when gone.gone_date is not null then 'vanished'
            else 'open'
        end as ended_by_code,
        case when moves.next_stage_code is null and not moves.is_won_stage then gone.gone_at else moves.next_at end as exited_at,
        case when moves.next_stage_code is null and not moves.is_won_stage then gone.gone_date else moves.next_date end as exited_date
    from moves
    left join gone on moves.opportunity_id = gone.opportunity_id
    where not moves.is_lost_stage

),

visits as (

    select
        ended.*,
        row_number() over (partition by opportunity_id order by change_number) as visit_sequence,
        row_number() over (partition by opportunity_id, to_stage_code order by change_number) as visit_number
    from ended

),

skipped as (

    select
        visits.opportunity_id,
        visits.visit_sequence,
        cast(count(*) as int) as skipped_stage_count,
        {{ text_agg_sorted('stages.stage_code', '|', 'stages.stage_number, stages.stage_code') }} as skipped_stage_codes
    from visits
    inner join stages on visits.stage_set_code = stages.stage_set_code
    where
        visits.ended_by_code in ('advanced', 'won') and not stages.is_lost
        and stages.stage_number > visits.stage_number and stages.stage_number < visits.next_stage_number
    group by visits.opportunity_id, visits.visit_sequence

)

select
    concat(visits.opportunity_id, '#', cast(visits.visit_sequence as string)) as stage_visit_id,
    visits.opportunity_id,
    visits.stage_set_code,
    visits.to_stage_code as stage_code,
    visits.stage_number,
    visits.is_won_stage,
    cast(visits.visit_sequence as int) as visit_sequence,
    cast(visits.visit_number as int) as visit_number,
    visits.visit_number > 1 as is_reentry,
    visits.changed_at as entered_at,
    visits.changed_date as entered_date,
    visits.changed_not_before_at as entered_not_before_at,
    visits.is_first_seen and visits.changed_not_before_at is null and visits.evidence_code = 'observed' as is_entry_censored,
    visits.exited_at,
    visits.exited_date,
    visits.next_not_before_at as exited_not_before_at,
    visits.ended_by_code,
    visits.next_stage_code,
    coalesce(skipped.skipped_stage_count, 0) as skipped_stage_count,
    skipped.skipped_stage_codes,
    visits.evidence_code,
    visits.next_evidence_code as exit_evidence_code,
    case
        when visits.exited_date is not null
            then {{ elapsed_days('visits.changed_at', 'visits.exited_at', 'visits.changed_date', 'visits.exited_date') }}
        when visits.is_won_stage then null
        else cast({{ days_between('visits.changed_date', as_of_date()) }} as decimal(18,9))
    end as visit_days,
    visits.stage_change_id,
    visits.changed_by_owner_id,
    visits.source_system,
    visits._delivery_id,
    visits._source_file,
    visits._sheet,
    visits._row_number
from visits
left join skipped on visits.opportunity_id = skipped.opportunity_id and visits.visit_sequence = skipped.visit_sequence
