{# What happened to a deal, by all witnesses in one order: created, moved between stages, told anew by a delivery, vanished, closed in no known
   stage. Beside each event what holds after it. The only place that puts moves and versions into one order. #}
{%- set in_order = 'partition by opportunity_id order by event_date, sort_at, kind_rank, source_number' -%}
{%- set so_far = in_order ~ ' rows between unbounded preceding and current row' -%}
{%- set before = in_order ~ ' rows between unbounded preceding and 1 preceding' -%}
with stages as (

    select * from {{ ref('dim_stage') }} where is_current

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
    left join stages on changes.stage_set_code = stages.stage_set_code and changes.to_stage_code = stages.stage_code
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

versions as (

    select
        *,
        case when merged_into_opportunity_id is not null then 'merged' when is_deleted then 'deleted' end as mark_code,
        is_closed and not is_won and not is_lost as is_closed_unknown,
        lag(is_closed and not is_won and not is_lost) over (partition by opportunity_id order by version_number) as follows_closed_unknown
    from {{ ref('opportunity_version') }}

),

{%- set columns = ['opportunity_id', 'event_date', 'event_at', 'sort_at', 'kind_code', 'kind_rank', 'source_number', 'move_number', 'version_number',
    'stage_change_id', 'is_closing', 'is_lost_stage', 'gone_code', 'is_closed_unknown', 'is_told_closed', 'told_stage_code'] %}
{%- set nothing = {'event_at': 'timestamp', 'move_number': 'bigint', 'version_number': 'bigint', 'stage_change_id': 'string', 'is_closing': 'boolean',
    'is_lost_stage': 'boolean', 'gone_code': 'string', 'is_closed_unknown': 'boolean', 'is_told_closed': 'boolean', 'told_stage_code': 'string'} %}
{%- set events = [
    ('opportunity', "created_date <= " ~ as_of_date(), {
        'kind_code': "'created'", 'kind_rank': '0', 'event_date': 'created_date', 'event_at': 'created_at', 'source_number': '0',
        'sort_at': 'coalesce(created_at, ' ~ utc_of_local('cast(created_date as timestamp)') ~ ')'}),
    ('moves', 'true', {
        'kind_code': "'moved'", 'kind_rank': '1', 'event_date': 'changed_date', 'event_at': 'changed_at', 'source_number': 'change_number',
        'sort_at': 'moved_by_at', 'move_number': 'move_number', 'stage_change_id': 'stage_change_id',
        'is_closing': 'is_won_stage or is_lost_stage', 'is_lost_stage': 'is_lost_stage'}),
    ('versions', 'is_closed_unknown and not coalesce(follows_closed_unknown, false) and closed_date <= ' ~ as_of_date(), {
        'kind_code': "'closed'", 'kind_rank': '1', 'event_date': 'closed_date', 'event_at': 'closed_at', 'source_number': 'version_number',
        'sort_at': 'coalesce(closed_at, ' ~ end_of_business_date('closed_date') ~ ')', 'is_closed_unknown': 'true'}),
    ('versions', 'true', {
        'kind_code': "'told'", 'kind_rank': '2', 'event_date': 'valid_from_date', 'event_at': 'valid_from_at', 'source_number': 'version_number',
        'sort_at': 'valid_from_at', 'version_number': 'version_number', 'gone_code': 'mark_code',
        'is_closed_unknown': 'is_closed_unknown and closed_date <= valid_from_date', 'is_told_closed': 'is_closed', 'told_stage_code': 'stage_code'}),
    ('versions', "ended_by_code = 'vanished'", {
        'kind_code': "'vanished'", 'kind_rank': '3', 'event_date': 'valid_to_date', 'event_at': 'valid_to_at', 'source_number': 'version_number',
        'sort_at': 'valid_to_at', 'gone_code': "coalesce(mark_code, 'vanished')", 'is_told_closed': 'true'})
] %}
told as (

    {% for relation, condition, values in events -%}
    select
        {%- for column in columns %}
        {{ values[column] if column in values else 'opportunity_id' if column == 'opportunity_id' else 'cast(null as ' ~ nothing[column] ~ ')' }} as {{ column }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('opportunity') if relation == 'opportunity' else relation }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

{# a close of which only the day is known, and the delivery of that day that tells of it (or lacks the deal), are one event, not two #}
placed as (

    select
        opportunity_id, event_date, event_at, kind_code, kind_rank, source_number, move_number, version_number, stage_change_id, is_closing,
        is_lost_stage, gone_code, is_closed_unknown, told_stage_code,
        case
            when is_told_closed then greatest(sort_at, coalesce(
                max(case when is_closing and event_at is null then sort_at end) over (partition by opportunity_id, event_date), sort_at
            ))
            else sort_at
        end as sort_at
    from told

),

numbered as (

    select *, row_number() over ({{ in_order }}) as event_number
    from placed

),

carried as (

    select
        *,
        max(version_number) over ({{ so_far }}) as version_in_force_number,
        min(version_number) over ({{ in_order }} rows between current row and unbounded following) as next_version_number,
        max(move_number) over ({{ so_far }}) as last_move_number,
        {{ last_known('is_closing', so_far) }} as is_closed_by_move,
        {{ last_known('is_lost_stage', so_far) }} as is_lost_by_move,
        coalesce({{ last_known('is_closed_unknown', so_far) }}, false) as is_unknown,
        {{ unboxed(last_known("case when kind_code in ('told', 'vanished') then " ~ boxed('gone_code') ~ " end", so_far)) }} as gone_now_code,
        {{ last_known("case when kind_code = 'moved' then false when kind_code = 'told' then told_stage_code is null end", so_far) }} as is_unmapped
    from numbered
    {# a creation told as later than something that happened to the deal is none #}
    where kind_code <> 'created' or event_number = 1

),

away as (

    select
        *,
        coalesce(gone_now_code, case when is_unknown then 'closed_unknown' end) as away_code,
        lag(coalesce(gone_now_code, case when is_unknown then 'closed_unknown' end)) over ({{ in_order }}) as last_away_code
    from carried

),

{# leaving the stage without a move, and coming back to it #}
turned as (

    select
        *,
        away_code is not null and last_away_code is null and kind_code <> 'moved' and not is_closed_by_move as is_leaving,
        away_code is null and last_away_code is not null and kind_code = 'told' and not is_closed_by_move as may_return
    from away

),

walked as (

    select
        *,
        coalesce(may_return, false)
            and {{ last_known("case when kind_code = 'moved' then false when is_leaving then true end", before) }} as is_returning
    from turned

),

entered as (

    select
        *,
        kind_code = 'moved' and not is_lost_stage or coalesce(is_returning, false) as is_entry,
        {{ last_known("case when kind_code = 'moved' then is_lost_stage when is_leaving then true when is_returning then false end", so_far) }} as is_outside
    from walked

)

select
    concat(opportunity_id, '#', cast(row_number() over ({{ in_order }}) as string)) as opportunity_event_id,
    opportunity_id,
    cast(row_number() over ({{ in_order }}) as bigint) as event_number,
    kind_code,
    event_date,
    event_at,
    sort_at,
    stage_change_id,
    cast(move_number as bigint) as move_number,
    cast(last_move_number as bigint) as last_move_number,
    version_in_force_number,
    next_version_number,
    gone_now_code as gone_code,
    is_unknown as is_closed_unknown,
    coalesce(is_unmapped, false) as is_unmapped,
    coalesce(is_leaving, false) as is_leaving,
    coalesce(is_returning, false) as is_returning,
    is_entry,
    cast(sum(case when is_entry then 1 else 0 end) over ({{ so_far }}) as int) as visit_sequence,
    coalesce(is_outside, true) as is_outside
from entered
