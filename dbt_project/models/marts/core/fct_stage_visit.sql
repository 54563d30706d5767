{# A visit begins with a move into a stage, or with the return of a deal that was gone; it ends with whatever comes next: a move, or going
   away. Between going away and coming back a deal is in no stage. #}
with moves as (

    select * from {{ ref('fct_stage_move') }}

),

steps as (

    select
        opportunity_id,
        event_number,
        is_entry,
        is_returning,
        visit_sequence,
        last_move_number,
        version_in_force_number,
        event_at,
        event_date,
        coalesce(gone_code, case when is_closed_unknown then 'closed_unknown' end) as away_code,
        lead(kind_code) over in_order as next_kind_code,
        lead(last_move_number) over in_order as next_move_number,
        lead(coalesce(gone_code, 'closed_unknown')) over in_order as next_away_code,
        lead(event_at) over in_order as next_at,
        lead(event_date) over in_order as next_date
    from {{ ref('opportunity_event') }}
    where (is_entry or is_leaving or kind_code = 'moved') and last_move_number is not null
    window in_order as (partition by opportunity_id order by event_number)

),

{# a move of a deal that is gone and never came back is known, but nothing after it #}
bounded as (

    select
        *,
        case when next_kind_code = 'moved' then next_move_number end as ending_move_number,
        case when is_returning then version_in_force_number end as returned_version_number,
        case when next_kind_code is null then away_code when next_kind_code <> 'moved' then next_away_code end as ended_away_code
    from steps
    where is_entry

),

visits as (

    select
        bounded.*,
        moves.stage_set_code,
        moves.to_stage_code as stage_code,
        moves.to_stage_number as stage_number,
        moves.move_code = 'won' as is_won_stage,
        moves.move_code = 'won' and bounded.next_kind_code is null as is_standing_win,
        row_number() over (partition by bounded.opportunity_id, moves.stage_set_code, moves.to_stage_code order by bounded.visit_sequence) as visit_number,
        moves.moved_not_before_at,
        moves.is_first_seen,
        moves.evidence_code,
        moves.moved_by_owner_id,
        moves.stage_change_id,
        moves.source_system,
        moves._delivery_id,
        moves._source_file,
        moves._sheet,
        moves._row_number
    from bounded
    inner join moves on bounded.opportunity_id = moves.opportunity_id and bounded.last_move_number = moves.move_number

),

ended as (

    select
        *,
        case when next_kind_code is null and ended_away_code is not null and not is_won_stage then event_at else next_at end as exited_at,
        case when next_kind_code is null and ended_away_code is not null and not is_won_stage then event_date else next_date end as exited_date
    from visits

)

select
    concat(ended.opportunity_id, '#', cast(ended.visit_sequence as string)) as stage_visit_id,
    ended.opportunity_id,
    ended.stage_set_code,
    ended.stage_code,
    ended.stage_number,
    ended.is_won_stage,
    ended.visit_sequence,
    cast(ended.visit_number as int) as visit_number,
    ended.visit_number > 1 and not ended.is_returning as is_reentry,
    ended.is_returning as is_return,
    ended.event_at as entered_at,
    ended.event_date as entered_date,
    case when not ended.is_returning then ended.moved_not_before_at end as entered_not_before_at,
    ended.is_returning or (
        ended.is_first_seen and ended.evidence_code = 'observed' and (
            ended.moved_not_before_at is null
            or coalesce(opportunities.created_date <= {{ business_date('ended.moved_not_before_at') }}, false)
        )
    ) as is_entry_censored,
    ended.exited_at,
    ended.exited_date,
    ending_move.moved_not_before_at as exited_not_before_at,
    case
        when ended.is_standing_win then 'won'
        when ended.ended_away_code = 'closed_unknown' then 'closed_unknown'
        when ended.ended_away_code is not null then 'vanished'
        when ended.next_kind_code is null then 'open'
        when ending_move.move_code in ('lost', 'won') then ending_move.move_code
        when ending_move.to_stage_number > ended.stage_number then 'advanced'
        else 'moved_back'
    end as ended_by_code,
    ending_move.to_stage_code as next_stage_code,
    coalesce(ending_move.skipped_stage_count, 0) as skipped_stage_count,
    ending_move.skipped_stage_codes,
    case when ended.is_returning then 'observed' else ended.evidence_code end as evidence_code,
    coalesce(ending_move.evidence_code, case when ended.ended_away_code is not null and not ended.is_standing_win then 'observed' end) as exit_evidence_code,
    case
        when ended.exited_date is not null
            then {{ elapsed_days('ended.event_at', 'ended.exited_at', 'ended.event_date', 'ended.exited_date') }}
        when ended.is_won_stage then null
        else cast({{ days_between('ended.event_date', as_of_date()) }} as decimal(18,9))
    end as visit_days,
    case when not ended.is_returning then ended.stage_change_id end as stage_change_id,
    case when not ended.is_returning then ended.moved_by_owner_id end as changed_by_owner_id,
    ended.source_system,
    coalesce(returned._delivery_id, ended._delivery_id) as _delivery_id,
    coalesce(returned._source_file, ended._source_file) as _source_file,
    coalesce(returned._sheet, ended._sheet) as _sheet,
    coalesce(returned._row_number, ended._row_number) as _row_number
from ended
left join moves as ending_move on ended.opportunity_id = ending_move.opportunity_id and ended.ending_move_number = ending_move.move_number
left join {{ ref('opportunity_version') }} as returned
    on ended.opportunity_id = returned.opportunity_id and ended.returned_version_number = returned.version_number
left join {{ ref('opportunity') }} as opportunities on ended.opportunity_id = opportunities.opportunity_id
