{# A visit begins with a move into a stage, or with the return of a deal that was gone; it ends with whatever comes next: a move, or going
   away. Between going away and coming back a deal is in no stage. #}
{%- set in_order = 'partition by opportunity_id order by event_number' -%}
with opportunities as (

    select * from {{ ref('opportunity') }}

),

events as (

    select * from {{ ref('opportunity_event') }}

),

moves as (

    select * from {{ ref('fct_stage_move') }}

),

{# where the story ends: a move told by the very delivery with which a deal came back precedes that delivery, and is no move of one that is gone #}
ends as (

    select
        opportunity_id,
        nullif(max_by(coalesce(gone_code, case when is_closed_unknown then 'closed_unknown' else 'here' end), event_number), 'here') as away_code
    from events
    where opportunity_id in (select opportunity_id from events where gone_code is not null or is_closed_unknown)
    group by opportunity_id

),

steps as (

    select
        opportunity_id,
        event_number,
        kind_code,
        is_entry,
        is_returning,
        visit_sequence,
        last_move_number,
        version_in_force_number,
        event_at,
        event_date,
        lead(kind_code) over ({{ in_order }}) as next_kind_code,
        lead(last_move_number) over ({{ in_order }}) as next_move_number,
        lead(coalesce(gone_code, 'closed_unknown')) over ({{ in_order }}) as next_away_code,
        lead(event_at) over ({{ in_order }}) as next_at,
        lead(event_date) over ({{ in_order }}) as next_date
    from events
    where (is_entry or is_leaving or kind_code = 'moved') and last_move_number is not null

),

entries as (

    select
        steps.*,
        row_number() over (partition by steps.opportunity_id, moves.to_stage_code order by steps.event_number) as visit_number
    from steps
    inner join moves on steps.opportunity_id = moves.opportunity_id and steps.last_move_number = moves.move_number
    where steps.is_entry

),

{# a move of a deal that is gone and never came back is known, but nothing after it #}
bounded as (

    select
        entries.*,
        moves.stage_set_code,
        moves.to_stage_code as stage_code,
        moves.to_stage_number as stage_number,
        moves.move_code = 'won' as is_won_stage,
        case when not entries.is_returning then moves.stage_change_id end as stage_change_id,
        case when not entries.is_returning then moves.moved_not_before_at end as not_before_at,
        moves.is_first_seen,
        case when entries.kind_code = 'moved' then moves.evidence_code else 'observed' end as evidence_code,
        case when not entries.is_returning then moves.moved_by_owner_id end as changed_by_owner_id,
        moves.source_system,
        case when entries.is_returning then returned._delivery_id else moves._delivery_id end as _delivery_id,
        case when entries.is_returning then returned._source_file else moves._source_file end as _source_file,
        case when entries.is_returning then returned._sheet else moves._sheet end as _sheet,
        case when entries.is_returning then returned._row_number else moves._row_number end as _row_number,
        case
            when entries.next_kind_code is null and moves.move_code = 'won' then 'won'
            when entries.next_kind_code is null and ends.away_code is null then 'open'
            when coalesce(
                case when entries.next_kind_code <> 'moved' then entries.next_away_code end, case when entries.next_kind_code is null then ends.away_code end
            ) = 'closed_unknown' then 'closed_unknown'
            when entries.next_kind_code is null or entries.next_kind_code <> 'moved' then 'vanished'
            when next_move.move_code in ('lost', 'won') then next_move.move_code
            when next_move.to_stage_number > moves.to_stage_number then 'advanced'
            else 'moved_back'
        end as ended_by_code,
        case
            when entries.next_kind_code is null and ends.away_code is not null and moves.move_code <> 'won' then entries.event_at else entries.next_at
        end as exited_at,
        case
            when entries.next_kind_code is null and ends.away_code is not null and moves.move_code <> 'won' then entries.event_date else entries.next_date
        end as exited_date,
        next_move.moved_not_before_at as exited_not_before_at,
        next_move.to_stage_code as next_stage_code,
        coalesce(next_move.skipped_stage_count, 0) as skipped_stage_count,
        next_move.skipped_stage_codes,
        case
            when entries.next_kind_code = 'moved' then next_move.evidence_code when entries.next_kind_code is not null then 'observed'
        end as exit_evidence_code
    from entries
    inner join moves on entries.opportunity_id = moves.opportunity_id and entries.last_move_number = moves.move_number
    left join moves as next_move
        on entries.opportunity_id = next_move.opportunity_id
        and case when entries.next_kind_code = 'moved' then entries.next_move_number end = next_move.move_number
    left join ends on entries.opportunity_id = ends.opportunity_id
    left join {{ ref('opportunity_version') }} as returned
        on case when entries.is_returning then entries.opportunity_id end = returned.opportunity_id
        and entries.version_in_force_number = returned.version_number

)

select
    concat(bounded.opportunity_id, '#', cast(bounded.visit_sequence as string)) as stage_visit_id,
    bounded.opportunity_id,
    bounded.stage_set_code,
    bounded.stage_code,
    bounded.stage_number,
    bounded.is_won_stage,
    bounded.visit_sequence,
    cast(bounded.visit_number as int) as visit_number,
    bounded.visit_number > 1 and not bounded.is_returning as is_reentry,
    bounded.is_returning as is_return,
    bounded.event_at as entered_at,
    bounded.event_date as entered_date,
    bounded.not_before_at as entered_not_before_at,
    bounded.is_returning or (
        bounded.is_first_seen and bounded.evidence_code = 'observed'
        and (bounded.not_before_at is null or coalesce(opportunities.created_date <= {{ business_date('bounded.not_before_at') }}, false))
    ) as is_entry_censored,
    bounded.exited_at,
    bounded.exited_date,
    bounded.exited_not_before_at,
    bounded.ended_by_code,
    bounded.next_stage_code,
    bounded.skipped_stage_count,
    bounded.skipped_stage_codes,
    bounded.evidence_code,
    bounded.exit_evidence_code,
    case
        when bounded.exited_date is not null
            then {{ elapsed_days('bounded.event_at', 'bounded.exited_at', 'bounded.event_date', 'bounded.exited_date') }}
        when bounded.is_won_stage then null
        else cast({{ days_between('bounded.event_date', as_of_date()) }} as decimal(18,9))
    end as visit_days,
    bounded.stage_change_id,
    bounded.changed_by_owner_id,
    bounded.source_system,
    bounded._delivery_id,
    bounded._source_file,
    bounded._sheet,
    bounded._row_number
from bounded
left join opportunities on bounded.opportunity_id = opportunities.opportunity_id
