{# Moves as they were made: from where, to where, what was jumped over, and whose deal it was. The owner is the one known before the
   move; where the delivery that shows a hand-over may lie on either side of it, the earlier owner stands, marked uncertain. #}
with stages as (

    select * from {{ ref('dim_stage') }} where is_current

),

moves as (

    select
        events.move_number,
        events.version_in_force_number,
        events.next_version_number,
        events.is_entry,
        events.visit_sequence,
        changes.*,
        stages.stage_number,
        coalesce(stages.is_won, false) as is_won_stage,
        coalesce(stages.is_lost, false) as is_lost_stage
    from {{ ref('opportunity_event') }} as events
    inner join {{ ref('stage_change') }} as changes on events.stage_change_id = changes.stage_change_id
    left join stages on changes.stage_set_code = stages.stage_set_code and changes.to_stage_code = stages.stage_code

),

followed as (

    select
        moves.*,
        case when move_number = 1 then from_stage_code else lag(to_stage_code) over in_order end as left_stage_code,
        lag(stage_number) over in_order as left_stage_number,
        coalesce(lag(is_won_stage or is_lost_stage) over in_order, false) as was_closed,
        coalesce(lag(is_lost_stage) over in_order, false) as was_lost,
        {{ last_known('case when not is_lost_stage then stage_number end', 'partition by opportunity_id order by move_number rows between unbounded preceding and 1 preceding') }}
            as last_stood_number
    from moves
    window in_order as (partition by opportunity_id order by move_number)

),

named as (

    select
        followed.*,
        case when followed.move_number = 1 then stages.stage_number else followed.left_stage_number end as from_number,
        case when followed.move_number = 1 then stages.stage_number else followed.last_stood_number end as stood_number
    from followed
    left join stages
        on case when followed.move_number = 1 then followed.left_stage_code end = stages.stage_code
        and followed.stage_set_code = stages.stage_set_code

),

coded as (

    select
        *,
        case
            when is_lost_stage then 'lost'
            when is_won_stage then 'won'
            when left_stage_code is null then case when is_first_seen then 'first_seen' else 'created' end
            when was_closed then 'reopened'
            when stage_number > from_number then 'forward'
            else 'backward'
        end as move_code
    from named

),

{# which stages a jump passes is the same for every deal that makes it #}
jumps as (

    select distinct stage_set_code, stood_number, stage_number
    from coded
    where move_code in ('forward', 'won') and stage_number > stood_number + 1

),

skipped as (

    select
        jumps.stage_set_code,
        jumps.stood_number,
        jumps.stage_number,
        cast(count(*) as int) as skipped_stage_count,
        {{ text_agg_sorted('stages.stage_code', '|', 'stages.stage_number, stages.stage_code') }} as skipped_stage_codes
    from jumps
    inner join stages on jumps.stage_set_code = stages.stage_set_code
    where not stages.is_lost and stages.stage_number > jumps.stood_number and stages.stage_number < jumps.stage_number
    group by jumps.stage_set_code, jumps.stood_number, jumps.stage_number

),

versions as (

    select * from {{ ref('opportunity_version') }}

),

{# a version of the very day of a move without an instant may be the earlier or the later of the two #}
owned as (

    select
        coded.*,
        coalesce(coded.changed_at is null and known.version_number > 1 and known.valid_from_date = coded.changed_date, false) as is_same_day,
        known.version_number as known_version_number,
        known.owner_id as known_owner_id,
        coded.version_in_force_number is not null and later.version_number is not null
            and (later.owner_id is distinct from known.owner_id)
            and case
                when coded.changed_at is not null then coalesce(later.previous_delivered_at < coded.changed_at, true)
                else coalesce(later.previous_delivered_date <= coded.changed_date, true)
            end as is_handed_over
    from coded
    left join versions as known
        on coded.opportunity_id = known.opportunity_id and coalesce(coded.version_in_force_number, 1) = known.version_number
    left join versions as later
        on coded.opportunity_id = later.opportunity_id and coded.next_version_number = later.version_number

)

select
    concat(owned.opportunity_id, '#', cast(owned.move_number as string)) as stage_move_id,
    {{ as_of_date() }} as as_of_date,
    owned.opportunity_id,
    owned.move_number,
    owned.move_code,
    case
        when owned.was_lost or owned.visit_sequence = case when owned.is_entry then 1 else 0 end then null
        else concat(owned.opportunity_id, '#', cast(owned.visit_sequence - case when owned.is_entry then 1 else 0 end as string))
    end as from_stage_visit_id,
    case when owned.is_entry then concat(owned.opportunity_id, '#', cast(owned.visit_sequence as string)) end as to_stage_visit_id,
    owned.stage_set_code,
    owned.left_stage_code as from_stage_code,
    owned.from_number as from_stage_number,
    owned.to_stage_code,
    owned.stage_number as to_stage_number,
    coalesce(skipped.skipped_stage_count, 0) as skipped_stage_count,
    skipped.skipped_stage_codes,
    owned.changed_at as moved_at,
    owned.changed_date as moved_date,
    owned.changed_not_before_at as moved_not_before_at,
    owned.changed_not_before_date as moved_not_before_date,
    owned.evidence_code,
    owned.changed_by_owner_id as moved_by_owner_id,
    case when owned.is_same_day then earlier.owner_id else owned.known_owner_id end as owner_id,
    owned.is_handed_over or (owned.is_same_day and earlier.owner_id is distinct from owned.known_owner_id) as is_owner_uncertain,
    owned.is_first_seen,
    owned.stage_change_id,
    owned.source_system,
    owned._delivery_id,
    owned._source_file,
    owned._sheet,
    owned._row_number
from owned
left join versions as earlier
    on owned.opportunity_id = earlier.opportunity_id and case when owned.is_same_day then owned.known_version_number - 1 end = earlier.version_number
left join skipped
    on owned.stage_set_code = skipped.stage_set_code and owned.stood_number = skipped.stood_number
    and case when owned.move_code in ('forward', 'won') then owned.stage_number end = skipped.stage_number
