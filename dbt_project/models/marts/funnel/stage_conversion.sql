{# What became of the deals that entered a stage in a period (the cohort), and beside it which way deals left the stage in that period. #}
{%- set follow_ups = [30, 90, 180] -%}
{%- set counters = {
    'entered': "event_code = 'entered'",
    'advanced': "event_code = 'entered' and outcome_code = 'advanced'",
    'lost': "event_code = 'entered' and outcome_code = 'lost'",
    'lost_not_counted': "event_code = 'entered' and outcome_code = 'lost' and not counts_as_loss",
    'still_open': "event_code = 'entered' and outcome_code = 'still_open'",
    'vanished': "event_code = 'entered' and outcome_code = 'vanished'",
    'unknown_entry': "event_code = 'entered' and event_date is null",
    'exit': "event_code = 'exited'",
    'forward_exit': "event_code = 'exited' and outcome_code in ('advanced', 'won')",
    'back_exit': "event_code = 'exited' and outcome_code = 'moved_back'",
    'lost_exit': "event_code = 'exited' and outcome_code = 'lost'",
    'vanished_exit': "event_code = 'exited' and outcome_code in ('vanished', 'closed_unknown')",
    'lost_deal': "event_code = 'lost'"
} -%}
{%- for days in follow_ups %}
    {%- do counters.update({
        'followed_' ~ days ~ '_days': "event_code = 'entered' and followed_days >= " ~ days,
        'advanced_within_' ~ days ~ '_days': "event_code = 'entered' and followed_days >= " ~ days ~ " and advanced_days <= " ~ days
    }) %}
{%- endfor -%}
with stages as (

    select
        stage_set_code,
        stage_code,
        stage_number
    from {{ ref('dim_stage') }}
    where is_current and not is_won and not is_lost

),

events as (

    select * from {{ ref('stage_event') }}

),

counted as (

    select
        events.stage_set_code,
        events.stage_code,
        events.stage_number,
        events.owner_id,
        events.team_id,
        coalesce(periods.period_kind_code, 'all') as period_kind_code,
        coalesce(periods.period_code, 'all') as period_code,
        min(events.event_date) as first_date,
        {% for name, condition in counters.items() -%}
        {{ count_where(condition) }} as {{ name }}_count{{ ',' if not loop.last }}
        {% endfor %}
    from events
    left join {{ ref('dim_period_day') }} as periods on events.event_date = periods.date_day
    group by 1, 2, 3, 4, 5, 6, 7

),

by_scope as (

    {{ scoped('counted') }}

),

summed as (

    select
        scope_code,
        scope_id,
        period_kind_code,
        period_code,
        stage_set_code,
        stage_code,
        stage_number,
        min(first_date) as first_date,
        {% for name in counters -%}
        cast(sum({{ name }}_count) as bigint) as {{ name }}_count{{ ',' if not loop.last }}
        {% endfor %}
    from by_scope
    group by 1, 2, 3, 4, 5, 6, 7

),

periods as (

    {{ scope_periods('summed', not_for_owners=['week']) }}

),

known_stages as (

    select * from stages
    union
    select stage_set_code, stage_code, stage_number from summed

),

sets as (

    select distinct scope_code, scope_id, stage_set_code from summed
    union
    select 'company' as scope_code, cast(null as string) as scope_id, stage_set_code from stages

),

grid as (

    select
        periods.*,
        known_stages.stage_set_code,
        known_stages.stage_code,
        known_stages.stage_number
    from periods
    inner join sets on periods.scope_code = sets.scope_code and periods.scope_id is not distinct from sets.scope_id
    inner join known_stages on sets.stage_set_code = known_stages.stage_set_code

),

filled as (

    select
        grid.*,
        {% for days in follow_ups -%}
        {{ is_followed('grid', days) }} as is_followed_{{ days }}_days,
        {% endfor -%}
        {% for name in counters -%}
        coalesce(summed.{{ name }}_count, 0) as {{ name }}_count{{ ',' if not loop.last }}
        {% endfor %}
    from grid
    left join summed
        on {{ same_scope_period('grid', 'summed') }}
        and grid.stage_set_code = summed.stage_set_code
        and grid.stage_code = summed.stage_code

),

supported as (

    {{ supported_measures(['stage_conversion', 'stage_conversion_vanished', 'stage_exits', 'stage_conversion_within_days']) }}

)

select
    concat({{ scope_period_key('filled') }}, ':', stage_set_code, ':', stage_code) as stage_conversion_id,
    {{ scope_period_columns('filled') }},
    stage_set_code,
    stage_code,
    stage_number,
    entered_count,
    case when supported.stage_conversion then advanced_count end as advanced_count,
    case when supported.stage_conversion then lost_count end as lost_count,
    still_open_count,
    case when supported.stage_conversion_vanished then vanished_count end as vanished_count,
    lost_not_counted_count,
    unknown_entry_count,
    {{ too_few('entered_count') }} as is_withheld,
    still_open_count > 0 and not coalesce({{ date_add_days('period_end_date', 180) }} <= {{ as_of_date() }}, false) as is_immature,
    {{ rate_columns('advanced', 'advanced_count', 'case when supported.stage_conversion then entered_count end') }},
    {{ rate_columns('lost', 'lost_count', 'case when supported.stage_conversion then entered_count end') }},
    {{ rate_columns('still_open', 'still_open_count', 'case when supported.stage_conversion then entered_count end') }},
    {% for days in follow_ups -%}
    {%- set followed = 'followed_' ~ days ~ '_days' -%}
    {%- set advanced = 'advanced_within_' ~ days ~ '_days' -%}
    case when is_{{ followed }} then {{ followed }}_count end as {{ followed }}_count,
    case when is_{{ followed }} and supported.stage_conversion_within_days then {{ advanced }}_count end as {{ advanced }}_count,
    {{ rate_columns(advanced, advanced ~ '_count', 'case when is_' ~ followed ~ ' and supported.stage_conversion_within_days then ' ~ followed ~ '_count end') }},
    {% endfor -%}
    case when supported.stage_exits then exit_count end as exit_count,
    case when supported.stage_exits then forward_exit_count end as forward_exit_count,
    case when supported.stage_exits then back_exit_count end as back_exit_count,
    case when supported.stage_exits then lost_exit_count end as lost_exit_count,
    case when supported.stage_conversion_vanished then vanished_exit_count end as vanished_exit_count,
    {{ too_few('exit_count') }} as is_exit_withheld,
    {{ rate_columns('forward_exit', 'forward_exit_count', 'case when supported.stage_exits then exit_count end') }},
    {{ rate_columns('lost_exit', 'lost_exit_count', 'case when supported.stage_exits then exit_count end') }},
    case when supported.stage_exits then lost_deal_count end as lost_deal_count
from filled
cross join supported
