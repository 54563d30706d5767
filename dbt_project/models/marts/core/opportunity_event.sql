{# What happened to a deal, by all witnesses in one order: created, moved between stages, told anew by a delivery, vanished, closed in no known
   stage. Beside each event what holds after it. The only place that puts moves and versions into one order. Only deals that ever went
   away (or stood in no known stage) pass the windows that follow such a walk: the others are most, and those windows cost half. #}
{%- set in_order = 'partition by opportunity_id order by event_date, sort_at, kind_rank, source_number' -%}
{%- set so_far = in_order ~ ' rows between unbounded preceding and current row' -%}
{%- set before = in_order ~ ' rows between unbounded preceding and 1 preceding' -%}
with moves as (

    select
        changes.opportunity_id,
        changes.stage_change_id,
        changes.visit_change_number as move_number,
        changes.changed_at,
        changes.changed_date,
        coalesce(stages.is_won, false) as is_won_stage,
        coalesce(stages.is_lost, false) as is_lost_stage,
        case
            when changes.changed_at is not null then changes.changed_at
            when changes.stage_change_id = concat(changes.opportunity_id, '#created') then {{ utc_of_local('cast(changes.changed_date as timestamp)') }}
            else {{ end_of_business_date('changes.changed_date') }}
        end as moved_by_at
    from {{ ref('stage_change') }} as changes
    left join {{ ref('dim_stage') }} as stages
        on changes.stage_set_code = stages.stage_set_code and changes.to_stage_code = stages.stage_code and stages.is_current
    where changes.is_visit and changes.to_stage_code is not null and changes.changed_date <= {{ as_of_date() }}

),

{# a loss stays one under another name #}
lost_again as (

    select moves.stage_change_id
    from moves
    inner join moves as last_move on moves.opportunity_id = last_move.opportunity_id and moves.move_number - 1 = last_move.move_number
    where moves.is_lost_stage and last_move.is_lost_stage

),

{# a close of which only the day is known, and the delivery of that day that tells of it, are one event, not two #}
versions as (

    select
        *,
        case when merged_into_opportunity_id is not null then 'merged' when is_deleted then 'deleted' end as mark_code,
        is_closed and not is_won and not is_lost as is_closed_unknown,
        case
            when is_closed and closed_at is null and closed_date = valid_from_date then {{ end_of_business_date('valid_from_date') }}
            else valid_from_at
        end as told_by_at
    from {{ ref('opportunity_version') }}

),

{%- set events = [
    ('opportunities', 'is_oldest', {
        'kind_code': "'created'", 'kind_rank': '0', 'event_date': 'created_date', 'event_at': 'created_at', 'source_number': 'cast(0 as bigint)',
        'sort_at': 'coalesce(created_at, ' ~ utc_of_local('cast(created_date as timestamp)') ~ ')'}),
    ('moves', 'stage_change_id not in (select stage_change_id from lost_again)', {
        'kind_code': "'moved'", 'kind_rank': '1', 'event_date': 'changed_date', 'event_at': 'changed_at', 'source_number': 'move_number',
        'sort_at': 'moved_by_at', 'move_number': 'move_number', 'stage_change_id': 'stage_change_id',
        'move_mark': 'move_number * 4 + case when is_lost_stage then 2 when is_won_stage then 1 else 0 end'}),
    ('versions', 'is_closed_unknown and closed_date <= ' ~ as_of_date(), {
        'kind_code': "'closed'", 'kind_rank': '1', 'event_date': 'closed_date', 'event_at': 'closed_at', 'source_number': 'version_number',
        'sort_at': 'coalesce(closed_at, ' ~ end_of_business_date('closed_date') ~ ')', 'is_closed_unknown': 'true'}),
    ('versions', 'true', {
        'kind_code': "'told'", 'kind_rank': '2', 'event_date': 'valid_from_date', 'event_at': 'valid_from_at', 'source_number': 'version_number',
        'sort_at': 'told_by_at', 'version_number': 'version_number', 'gone_code': 'mark_code',
        'is_closed_unknown': 'is_closed_unknown and closed_date <= valid_from_date', 'told_stage_code': 'stage_code'}),
    ('versions', "ended_by_code = 'vanished'", {
        'kind_code': "'vanished'", 'kind_rank': '3', 'event_date': 'valid_to_date', 'event_at': 'valid_to_at', 'source_number': 'version_number',
        'sort_at': 'valid_to_at', 'gone_code': "coalesce(mark_code, 'vanished')"})
] %}
{%- set columns = {'opportunity_id': '', 'event_date': '', 'event_at': '', 'sort_at': '', 'kind_code': '', 'kind_rank': '', 'source_number': '',
    'stage_change_id': 'string', 'move_number': 'bigint', 'move_mark': 'bigint', 'version_number': 'bigint', 'gone_code': 'string',
    'is_closed_unknown': 'boolean', 'told_stage_code': 'string'} %}
{# a creation told as later than something that happened to the deal is none #}
opportunities as (

    select
        opportunities.opportunity_id,
        opportunities.created_at,
        opportunities.created_date,
        opportunities.created_date <= {{ as_of_date() }} and opportunities.created_date <= first_version.valid_from_date
            and coalesce(opportunities.created_date <= first_move.changed_date, true) as is_oldest
    from {{ ref('opportunity') }} as opportunities
    inner join versions as first_version on opportunities.opportunity_id = first_version.opportunity_id and first_version.version_number = 1
    left join moves as first_move on opportunities.opportunity_id = first_move.opportunity_id and first_move.move_number = 1

),

told as (

    {% for relation, condition, values in events -%}
    select
        {%- for column, type in columns.items() %}
        {{ values[column] or ('opportunity_id' if column == 'opportunity_id' else 'cast(null as ' ~ type ~ ')') }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

carried as (

    select
        *,
        row_number() over in_order as event_number,
        lead(event_date) over in_order as next_date,
        lead(sort_at) over in_order as next_sort_at,
        lead(kind_code) over in_order as next_kind_code,
        max(version_number) over ({{ so_far }}) as version_in_force_number,
        max(move_mark) over ({{ so_far }}) as last_move_mark,
        sum(case when move_mark % 4 < 2 then 1 else 0 end) over ({{ so_far }}) as entered_by_move_count
    from told
    window in_order as ({{ in_order }})

),

away as (

    select
        *,
        {{ unboxed(last_known("case when kind_code in ('told', 'vanished') then " ~ boxed('gone_code') ~ " end", so_far)) }} as gone_now_code,
        {{ unboxed(last_known("case when kind_code in ('told', 'vanished') then " ~ boxed('gone_code') ~ " end", before)) }} as gone_before_code,
        coalesce({{ last_known('is_closed_unknown', so_far) }}, false) as is_unknown,
        coalesce({{ last_known('is_closed_unknown', before) }}, false) as was_unknown,
        coalesce({{ last_known("case when kind_code = 'moved' then false when kind_code = 'told' then told_stage_code is null end", so_far) }}, false) as is_unmapped
    from carried
    where opportunity_id in (
        select opportunity_id from versions where mark_code is not null or is_closed_unknown or stage_code is null or ended_by_code = 'vanished'
    )

),

{# leaving the stage without a move, and coming back to it: not where a move came between #}
turned as (

    select
        *,
        (gone_now_code is not null or is_unknown) and gone_before_code is null and not was_unknown
            and kind_code <> 'moved' and coalesce(last_move_mark % 4 = 0, false) as is_leaving,
        gone_now_code is null and not is_unknown and (gone_before_code is not null or was_unknown)
            and kind_code = 'told' and coalesce(last_move_mark % 4 = 0, false) as may_return
    from away

),

walked as (

    select
        *,
        may_return and coalesce({{ last_known("case when kind_code = 'moved' then false when is_leaving then true end", before) }}, false) as is_returning
    from turned

),

entered as (

    select
        *,
        sum(case when is_returning then 1 else 0 end) over ({{ so_far }}) as returned_count,
        {{ last_known("case when kind_code = 'moved' then last_move_mark % 4 = 2 when is_leaving then true when is_returning then false end", so_far) }} as is_away
    from walked

)

select
    concat(carried.opportunity_id, '#', cast(carried.event_number as string)) as opportunity_event_id,
    carried.opportunity_id,
    carried.event_number,
    carried.kind_code,
    carried.event_date,
    carried.event_at,
    carried.sort_at,
    carried.stage_change_id,
    carried.move_number,
    cast(floor(carried.last_move_mark / 4) as bigint) as last_move_number,
    carried.version_in_force_number,
    walk.gone_now_code as gone_code,
    coalesce(walk.is_unknown, false) as is_closed_unknown,
    coalesce(walk.is_unmapped, false) as is_unmapped,
    coalesce(walk.is_leaving, false) as is_leaving,
    coalesce(walk.is_returning, false) as is_returning,
    coalesce(carried.move_mark % 4 < 2, walk.is_returning, false) as is_entry,
    cast(carried.entered_by_move_count + coalesce(walk.returned_count, 0) as int) as visit_sequence,
    coalesce(walk.is_away, carried.last_move_mark % 4 = 2, true) as is_outside,
    carried.next_kind_code is null or carried.next_date <> carried.event_date or carried.next_sort_at <> carried.sort_at
    or (carried.kind_code = 'moved' and carried.next_kind_code = 'moved') as is_instant_end
from carried
left join entered as walk on carried.opportunity_id = walk.opportunity_id and carried.event_number = walk.event_number
