{# Moves as they were made: from where, to where, what was jumped over, and whose deal it was. The owner is the one known before the
   move; where the delivery that shows a hand-over may lie on either side of it, the earlier owner stands, marked uncertain. #}
with stages as (

    select * from {{ ref('dim_stage') }} where is_current

),

changes as (

    select * from {{ ref('stage_change') }} where is_visit

),

events as (

    select * from {{ ref('opportunity_event') }}

),

moves as (

    select
        events.opportunity_id,
        events.move_number,
        events.version_in_force_number,
        coalesce(events.version_in_force_number, 0) + 1 as next_version_number,
        events.is_entry,
        events.visit_sequence,
        events.visit_sequence - case when events.is_entry then 1 else 0 end as left_visit_sequence,
        events.event_at,
        events.event_date,
        changes.stage_change_id,
        changes.stage_set_code,
        changes.to_stage_code,
        changes.is_first_seen,
        stages.stage_number,
        coalesce(stages.is_won, false) as is_won_stage,
        coalesce(stages.is_lost, false) as is_lost_stage,
        last_change.stage_change_id is not null as is_later_move,
        coalesce(last_change.to_stage_code, changes.from_stage_code) as left_stage_code,
        coalesce(last_change.stage_set_code, changes.stage_set_code) as left_stage_set_code
    from events
    inner join changes on events.stage_change_id = changes.stage_change_id
    left join changes as last_change
        on events.opportunity_id = last_change.opportunity_id and events.move_number - 1 = last_change.visit_change_number
    left join stages on changes.stage_set_code = stages.stage_set_code and changes.to_stage_code = stages.stage_code

),

coded as (

    select
        moves.*,
        left_stage.stage_number as left_stage_number,
        moves.is_later_move and coalesce(left_stage.is_lost, false) as was_lost,
        case
            when moves.is_lost_stage then 'lost'
            when moves.is_won_stage then 'won'
            when moves.left_stage_code is null then case when moves.is_first_seen then 'first_seen' else 'created' end
            when left_stage.is_lost or left_stage.is_won then 'reopened'
            when moves.stage_number > left_stage.stage_number then 'forward'
            else 'backward'
        end as move_code
    from moves
    left join stages as left_stage
        on moves.left_stage_set_code = left_stage.stage_set_code and moves.left_stage_code = left_stage.stage_code

),

{# a deal won after a loss that nobody reopened jumped from where it had stood before the loss #}
jumps as (

    select opportunity_id, move_number, stage_set_code, left_stage_number as stood_number, stage_number
    from coded
    where move_code in ('forward', 'won') and not was_lost and stage_number > left_stage_number + 1
    union all
    select coded.opportunity_id, coded.move_number, coded.stage_set_code, stood.stage_number, coded.stage_number
    from coded
    inner join coded as stood on coded.opportunity_id = stood.opportunity_id and coded.left_visit_sequence = stood.visit_sequence and stood.is_entry
    where coded.move_code = 'won' and coded.was_lost

),

skipped as (

    select
        jumps.opportunity_id,
        jumps.move_number,
        cast(count(*) as int) as skipped_stage_count,
        {{ text_agg_sorted('stages.stage_code', '|', 'stages.stage_number, stages.stage_code') }} as skipped_stage_codes
    from jumps
    inner join stages on jumps.stage_set_code = stages.stage_set_code
    where not stages.is_lost and stages.stage_number > jumps.stood_number and stages.stage_number < jumps.stage_number
    group by jumps.opportunity_id, jumps.move_number

),

versions as (

    select * from {{ ref('opportunity_version') }}

),

{# a version of the very day of a move without an instant may be the earlier or the later of the two #}
known as (

    select
        coded.*,
        versions.owner_id as known_owner_id,
        case
            when coded.event_at is null and versions.version_number > 1 and versions.valid_from_date = coded.event_date
                then versions.version_number - 1
        end as earlier_version_number
    from coded
    left join versions
        on coded.opportunity_id = versions.opportunity_id and coalesce(coded.version_in_force_number, 1) = versions.version_number

)

select
    concat(known.opportunity_id, '#', cast(known.move_number as string)) as stage_move_id,
    {{ as_of_date() }} as as_of_date,
    known.opportunity_id,
    known.move_number,
    known.move_code,
    case
        when not known.was_lost and known.left_visit_sequence > 0
            then concat(known.opportunity_id, '#', cast(known.left_visit_sequence as string))
    end as from_stage_visit_id,
    case when known.is_entry then concat(known.opportunity_id, '#', cast(known.visit_sequence as string)) end as to_stage_visit_id,
    known.stage_set_code,
    known.left_stage_code as from_stage_code,
    known.left_stage_number as from_stage_number,
    known.to_stage_code,
    known.stage_number as to_stage_number,
    coalesce(skipped.skipped_stage_count, 0) as skipped_stage_count,
    skipped.skipped_stage_codes,
    known.event_at as moved_at,
    known.event_date as moved_date,
    changes.changed_not_before_at as moved_not_before_at,
    changes.changed_not_before_date as moved_not_before_date,
    changes.evidence_code,
    changes.changed_by_owner_id as moved_by_owner_id,
    case when known.earlier_version_number is not null then earlier.owner_id else known.known_owner_id end as owner_id,
    (known.earlier_version_number is not null and (earlier.owner_id is distinct from known.known_owner_id))
    or (
        known.version_in_force_number is not null and later.version_number is not null and (later.owner_id is distinct from known.known_owner_id)
        and case
            when known.event_at is not null then coalesce(later.previous_delivered_at < known.event_at, true)
            else coalesce(later.previous_delivered_date <= known.event_date, true)
        end
    ) as is_owner_uncertain,
    known.is_first_seen,
    known.stage_change_id,
    changes.source_system,
    changes._delivery_id,
    changes._source_file,
    changes._sheet,
    changes._row_number
from known
inner join changes on known.stage_change_id = changes.stage_change_id
left join skipped on known.opportunity_id = skipped.opportunity_id and known.move_number = skipped.move_number
left join versions as earlier on known.opportunity_id = earlier.opportunity_id and known.earlier_version_number = earlier.version_number
left join versions as later on known.opportunity_id = later.opportunity_id and known.next_version_number = later.version_number
