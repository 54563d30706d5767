{# A visit begins with a move into a stage, or with the return of a deal that was gone; it ends with whatever comes next: a move, or going
   away. Between going away and coming back a deal is in no stage. #}
{%- set in_order = 'partition by events.opportunity_id order by events.event_number' -%}
with opportunities as (

    select * from {{ ref('opportunity') }}

),

{# where the story ends: a move told by the very delivery with which a deal came back precedes that delivery, and is no move of one that is gone #}
ends as (

    select
        opportunity_id,
        nullif(max_by(coalesce(gone_code, case when is_closed_unknown then 'closed_unknown' else 'here' end), event_number), 'here') as away_code
    from {{ ref('opportunity_event') }}
    group by opportunity_id

),

steps as (

    select
        events.opportunity_id,
        events.event_number,
        events.is_entry,
        events.is_returning,
        events.visit_sequence,
        events.version_in_force_number,
        events.event_at,
        events.event_date,
        ends.away_code,
        moves.stage_set_code,
        moves.to_stage_code as stage_code,
        moves.to_stage_number as stage_number,
        moves.move_code = 'won' as is_won_stage,
        case when not events.is_returning then moves.stage_change_id end as stage_change_id,
        case when not events.is_returning then moves.moved_not_before_at end as not_before_at,
        moves.is_first_seen,
        case when events.kind_code = 'moved' then moves.evidence_code else 'observed' end as evidence_code,
        case when not events.is_returning then moves.moved_by_owner_id end as changed_by_owner_id,
        moves.source_system,
        moves._delivery_id,
        moves._source_file,
        moves._sheet,
        moves._row_number,
        lead(events.kind_code) over ({{ in_order }}) as next_kind_code,
        lead(moves.move_code) over ({{ in_order }}) as next_move_code,
        lead(moves.to_stage_code) over ({{ in_order }}) as next_stage_code,
        lead(moves.to_stage_number) over ({{ in_order }}) as next_stage_number,
        lead(coalesce(events.gone_code, 'closed_unknown')) over ({{ in_order }}) as next_away_code,
        lead(moves.skipped_stage_count) over ({{ in_order }}) as next_skipped_count,
        lead(moves.skipped_stage_codes) over ({{ in_order }}) as next_skipped_codes,
        lead(events.event_at) over ({{ in_order }}) as next_at,
        lead(events.event_date) over ({{ in_order }}) as next_date,
        lead(moves.moved_not_before_at) over ({{ in_order }}) as next_not_before_at,
        lead(moves.evidence_code) over ({{ in_order }}) as next_evidence_code
    from {{ ref('opportunity_event') }} as events
    inner join {{ ref('fct_stage_move') }} as moves on events.opportunity_id = moves.opportunity_id and events.last_move_number = moves.move_number
    inner join ends on events.opportunity_id = ends.opportunity_id
    where events.is_entry or events.is_leaving or events.kind_code = 'moved'

),

{# a move of a deal that is gone and never came back is known, but nothing after it #}
visits as (

    select
        *,
        next_kind_code is null and away_code is not null and not is_won_stage as is_entered_while_away,
        next_kind_code = 'moved' as is_ended_by_move,
        case
            when next_kind_code is null and is_won_stage then 'won'
            when next_kind_code is null and away_code is null then 'open'
            when coalesce(case when next_kind_code <> 'moved' then next_away_code end, case when next_kind_code is null then away_code end)
                = 'closed_unknown' then 'closed_unknown'
            when next_kind_code is null or next_kind_code <> 'moved' then 'vanished'
            when next_move_code in ('lost', 'won') then next_move_code
            when next_stage_number > stage_number then 'advanced'
            else 'moved_back'
        end as ended_by_code,
        row_number() over (partition by opportunity_id, stage_code order by event_number) as visit_number
    from steps
    where is_entry

),

bounded as (

    select
        visits.*,
        case when is_entered_while_away then event_at else next_at end as exited_at,
        case when is_entered_while_away then event_date else next_date end as exited_date,
        versions._delivery_id as returned_delivery_id,
        versions._source_file as returned_source_file,
        versions._sheet as returned_sheet,
        versions._row_number as returned_row_number
    from visits
    left join {{ ref('opportunity_version') }} as versions
        on case when visits.is_returning then visits.opportunity_id end = versions.opportunity_id
        and visits.version_in_force_number = versions.version_number

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
    case when bounded.is_ended_by_move then bounded.next_not_before_at end as exited_not_before_at,
    bounded.ended_by_code,
    case when bounded.is_ended_by_move then bounded.next_stage_code end as next_stage_code,
    coalesce(case when bounded.is_ended_by_move then bounded.next_skipped_count end, 0) as skipped_stage_count,
    case when bounded.is_ended_by_move then bounded.next_skipped_codes end as skipped_stage_codes,
    bounded.evidence_code,
    case when bounded.is_ended_by_move then bounded.next_evidence_code when bounded.next_kind_code is not null then 'observed' end as exit_evidence_code,
    case
        when bounded.exited_date is not null
            then {{ elapsed_days('bounded.event_at', 'bounded.exited_at', 'bounded.event_date', 'bounded.exited_date') }}
        when bounded.is_won_stage then null
        else cast({{ days_between('bounded.event_date', as_of_date()) }} as decimal(18,9))
    end as visit_days,
    bounded.stage_change_id,
    bounded.changed_by_owner_id,
    bounded.source_system,
    case when bounded.is_returning then bounded.returned_delivery_id else bounded._delivery_id end as _delivery_id,
    case when bounded.is_returning then bounded.returned_source_file else bounded._source_file end as _source_file,
    case when bounded.is_returning then bounded.returned_sheet else bounded._sheet end as _sheet,
    case when bounded.is_returning then bounded.returned_row_number else bounded._row_number end as _row_number
from bounded
left join opportunities on bounded.opportunity_id = opportunities.opportunity_id
