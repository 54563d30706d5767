{# What happened to a deal, by all witnesses in one order: created, moved between stages, told anew by a delivery, vanished, closed in no known
   stage. Beside each event what holds after it. The only place that puts moves and versions into one order. #}
{%- set in_order = 'partition by opportunity_id order by event_date, sort_at, kind_rank, source_number' -%}
{%- set so_far = in_order ~ ' rows between unbounded preceding and current row' -%}
{%- set by_number = 'partition by opportunity_id order by event_number' -%}
{%- set until_now = by_number ~ ' rows between unbounded preceding and current row' -%}
{%- set before = by_number ~ ' rows between unbounded preceding and 1 preceding' -%}
with opportunities as (

    select * from {{ ref('opportunity') }}

),

changes as (

    select
        changes.*,
        stages.stage_number,
        coalesce(stages.is_won, false) as is_won_stage,
        coalesce(stages.is_lost, false) as is_lost_stage,
        lag(changes.to_stage_code) over (partition by changes.opportunity_id order by changes.change_number) as last_stage_code,
        lag(coalesce(stages.is_lost, false)) over (partition by changes.opportunity_id order by changes.change_number) as last_is_lost
    from {{ ref('stage_change') }} as changes
    left join {{ ref('dim_stage') }} as stages
        on changes.stage_set_code = stages.stage_set_code and changes.to_stage_code = stages.stage_code and stages.is_current
    where changes.is_visit and changes.to_stage_code is not null and changes.changed_date <= {{ as_of_date() }}

),

{# seen again in the stage where it already stands: nothing happened; a loss stays one under another name #}
moves as (

    select
        *,
        row_number() over (partition by opportunity_id order by change_number) as move_number,
        case
            when changed_at is not null then changed_at
            when stage_change_id = concat(opportunity_id, '#created') then {{ utc_of_local('cast(changed_date as timestamp)') }}
            else {{ end_of_business_date('changed_date') }}
        end as moved_by_at
    from changes
    where last_stage_code is null or (last_stage_code <> to_stage_code and not (is_lost_stage and last_is_lost))

),

{# the last close of a day of which only the day is known #}
closings as (

    select opportunity_id, changed_date, max(moved_by_at) as closed_by_at
    from moves
    where changed_at is null and (is_won_stage or is_lost_stage)
    group by opportunity_id, changed_date

),

marked as (

    select
        *,
        case when merged_into_opportunity_id is not null then 'merged' when is_deleted then 'deleted' end as mark_code,
        is_closed and not is_won and not is_lost as is_closed_unknown
    from {{ ref('opportunity_version') }}

),

{# a close of which only the day is known, and the delivery of that day that tells of it (or lacks the deal), are one event, not two #}
versions as (

    select
        marked.*,
        greatest(marked.valid_from_at, coalesce(told.closed_by_at, marked.valid_from_at)) as told_by_at,
        greatest(marked.valid_to_at, coalesce(lacked.closed_by_at, marked.valid_to_at)) as lacked_by_at
    from marked
    left join closings as told
        on marked.opportunity_id = told.opportunity_id and case when marked.is_closed then marked.valid_from_date end = told.changed_date
    left join closings as lacked
        on marked.opportunity_id = lacked.opportunity_id and case when marked.ended_by_code = 'vanished' then marked.valid_to_date end = lacked.changed_date

),

first_unknown as (

    select later.*
    from versions as later
    left join versions as earlier on later.opportunity_id = earlier.opportunity_id and later.version_number - 1 = earlier.version_number
    where later.is_closed_unknown and not coalesce(earlier.is_closed_unknown, false)

),

told as (

    {{ told_events() }}

),

numbered as (

    select
        *,
        first_value(kind_code) over ({{ in_order }}) as first_kind_code,
        sum(case when kind_code = 'created' then 0 else 1 end) over ({{ so_far }}) as other_number,
        max(version_number) over ({{ so_far }}) as version_in_force_number,
        min(version_number) over ({{ in_order }} rows between current row and unbounded following) as next_version_number,
        max(move_number) over ({{ so_far }}) as last_move_number,
        {{ last_known('is_lost_stage', so_far) }} as is_lost_by_move,
        sum(case when kind_code = 'moved' and not is_lost_stage then 1 else 0 end) over ({{ so_far }}) as moved_in_count
    from told

),

{# a creation told as later than something that happened to the deal is none #}
carried as (

    select *, other_number + case when first_kind_code = 'created' then 1 else 0 end as event_number
    from numbered
    where kind_code <> 'created' or first_kind_code = 'created'

),

away as (

    select
        *,
        coalesce({{ last_known('is_closed_unknown', until_now) }}, false) as is_unknown,
        {{ last_known('is_closing', until_now) }} as is_closed_by_move,
        {{ unboxed(last_known("case when kind_code in ('told', 'vanished') then " ~ boxed('gone_code') ~ " end", until_now)) }} as gone_now_code,
        {{ last_known("case when kind_code = 'moved' then false when kind_code = 'told' then told_stage_code is null end", until_now) }} as is_unmapped
    from carried
    where opportunity_id in (
        select opportunity_id
        from marked
        where mark_code is not null or stage_code is null or ended_by_code = 'vanished' or coalesce(is_closed_unknown, true)
    )

),

followed as (

    select
        *,
        coalesce(gone_now_code, case when is_unknown then 'closed_unknown' end) as away_code,
        lag(coalesce(gone_now_code, case when is_unknown then 'closed_unknown' end)) over ({{ by_number }}) as last_away_code
    from away

),

{# leaving the stage without a move, and coming back to it #}
turned as (

    select
        *,
        away_code is not null and last_away_code is null and kind_code <> 'moved' and not is_closed_by_move as is_leaving,
        away_code is null and last_away_code is not null and kind_code = 'told' and not is_closed_by_move as may_return
    from followed

),

returned as (

    select
        *,
        coalesce(may_return, false)
            and {{ last_known("case when kind_code = 'moved' then false when is_leaving then true end", before) }} as is_returning
    from turned

),

walked as (

    select
        *,
        sum(case when is_returning then 1 else 0 end) over ({{ until_now }}) as returned_count,
        {{ last_known("case when kind_code = 'moved' then is_lost_stage when is_leaving then true when is_returning then false end", until_now) }} as is_outside
    from returned

)

select
    concat(carried.opportunity_id, '#', cast(carried.event_number as string)) as opportunity_event_id,
    carried.opportunity_id,
    cast(carried.event_number as bigint) as event_number,
    carried.kind_code,
    carried.event_date,
    carried.event_at,
    carried.sort_at,
    carried.stage_change_id,
    cast(carried.move_number as bigint) as move_number,
    cast(carried.last_move_number as bigint) as last_move_number,
    carried.version_in_force_number,
    carried.next_version_number,
    walked.gone_now_code as gone_code,
    coalesce(walked.is_unknown, false) as is_closed_unknown,
    coalesce(walked.is_unmapped, false) as is_unmapped,
    coalesce(walked.is_leaving, false) as is_leaving,
    coalesce(walked.is_returning, false) as is_returning,
    carried.kind_code = 'moved' and not carried.is_lost_stage or coalesce(walked.is_returning, false) as is_entry,
    cast(carried.moved_in_count + coalesce(walked.returned_count, 0) as int) as visit_sequence,
    coalesce(case when walked.opportunity_id is null then carried.is_lost_by_move else walked.is_outside end, true) as is_outside
from carried
left join walked on carried.opportunity_id = walked.opportunity_id and carried.event_number = walked.event_number
