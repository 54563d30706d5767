{# What each witness tells of a deal, in the columns of one event. Belongs here: which row of which relation is an event, and where it stands among
   those of one instant. Does not: their order, or what holds after them (opportunity_event). #}

{# the union of all witnesses over the CTEs opportunity_event makes: opportunities, moves, versions, first_unknown #}
{% macro told_events() -%}
    {%- set columns = ['opportunity_id', 'event_date', 'event_at', 'sort_at', 'kind_code', 'kind_rank', 'source_number', 'move_number', 'version_number',
        'stage_change_id', 'is_closing', 'is_lost_stage', 'gone_code', 'is_closed_unknown', 'told_stage_code'] %}
    {%- set nothing = {'event_at': 'timestamp', 'move_number': 'bigint', 'version_number': 'bigint', 'stage_change_id': 'string', 'is_closing': 'boolean',
        'is_lost_stage': 'boolean', 'gone_code': 'string', 'is_closed_unknown': 'boolean', 'told_stage_code': 'string'} %}
    {%- set events = [
        ('opportunities', "created_date <= " ~ as_of_date(), {
            'kind_code': "'created'", 'kind_rank': '0', 'event_date': 'created_date', 'event_at': 'created_at', 'source_number': '0',
            'sort_at': 'coalesce(created_at, ' ~ utc_of_local('cast(created_date as timestamp)') ~ ')'}),
        ('moves', 'true', {
            'kind_code': "'moved'", 'kind_rank': '1', 'event_date': 'changed_date', 'event_at': 'changed_at', 'source_number': 'change_number',
            'sort_at': 'moved_by_at', 'move_number': 'move_number', 'stage_change_id': 'stage_change_id',
            'is_closing': 'is_won_stage or is_lost_stage', 'is_lost_stage': 'is_lost_stage'}),
        ('first_unknown', 'closed_date <= ' ~ as_of_date(), {
            'kind_code': "'closed'", 'kind_rank': '1', 'event_date': 'closed_date', 'event_at': 'closed_at', 'source_number': 'version_number',
            'sort_at': 'coalesce(closed_at, ' ~ end_of_business_date('closed_date') ~ ')', 'is_closed_unknown': 'true'}),
        ('versions', 'true', {
            'kind_code': "'told'", 'kind_rank': '2', 'event_date': 'valid_from_date', 'event_at': 'valid_from_at', 'source_number': 'version_number',
            'sort_at': 'told_by_at', 'version_number': 'version_number', 'gone_code': 'mark_code',
            'is_closed_unknown': 'is_closed_unknown and closed_date <= valid_from_date', 'told_stage_code': 'stage_code'}),
        ('versions', "ended_by_code = 'vanished'", {
            'kind_code': "'vanished'", 'kind_rank': '3', 'event_date': 'valid_to_date', 'event_at': 'valid_to_at', 'source_number': 'version_number',
            'sort_at': 'lacked_by_at', 'gone_code': "coalesce(mark_code, 'vanished')"})
    ] %}
    {% for relation, condition, values in events -%}
    select
        {%- for column in columns %}
        {{ values[column] if column in values else 'opportunity_id' if column == 'opportunity_id' else 'cast(null as ' ~ nothing[column] ~ ')' }} as {{ column }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}
