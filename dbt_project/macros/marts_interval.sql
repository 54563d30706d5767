{# Spans of a deal's life: what holds in one, and what began it. Belongs here: expressions that a span and its forerunner share. Does not: the
   spans (marts/funnel/opportunity_interval.sql). `prefix` names the columns of the span or of its forerunner. #}

{# before a deal's first delivery, at a time of which an earlier delivery ought to have told, or none could; a close is known whoever told it late #}
{% macro is_reconstructed(prefix, version, move) -%}
    (
        {{ prefix }}version_in_force_number is null and coalesce({{ prefix }}event_date <= {{ version }}.previous_delivered_date, true)
        and not ({{ version }}.is_closed and coalesce({{ move }}.move_code in ('won', 'lost'), {{ prefix }}is_closed_unknown))
    )
{%- endmacro %}

{% macro believed_status(prefix, move) -%}
    case
        when {{ prefix }}gone_code = 'merged' then 'merged'
        when {{ move }}.move_code in ('won', 'lost') then {{ move }}.move_code
        when {{ prefix }}gone_code is not null then {{ prefix }}gone_code
        when {{ prefix }}is_closed_unknown then 'closed_unknown'
        else 'open'
    end
{%- endmacro %}

{# `|code|code`, alphabetical, of the causes before (or after) `rate`, which is not told here. What a first delivery tells of a time that
   nobody had told of is no change of amount, date, category or probability. #}
{% macro started_by_codes(before_rate) -%}
    {%- set is_told_first = 'last_is_reconstructed and not is_reconstructed' -%}
    {%- set is_seen_first = 'not is_first and ' ~ is_told_first ~ ' and version_in_force_number is not null and previous_delivered_date ' -%}
    {%- set causes = {
        'created': 'is_first and is_creation',
        'first_seen': '(is_first and not is_creation) or (' ~ is_seen_first ~ 'is null)',
        'discovered_late': is_seen_first ~ 'is not null',
        'stage': 'not is_first and (stage_code is distinct from last_stage_code or stage_set_code is distinct from last_stage_set_code'
            ~ ' or visit_number is distinct from last_visit_number) and (status_code = last_status_code'
            ~ " or status_code = 'open' and last_status_code in ('vanished', 'deleted', 'merged') and stage_code is distinct from last_stage_code)",
        'reopened': "not is_first and status_code = 'open' and last_status_code in ('won', 'lost', 'closed_unknown')",
        'returned': "not is_first and status_code = 'open' and last_status_code in ('vanished', 'deleted', 'merged')"
    } -%}
    {%- for status in ['won', 'lost', 'vanished', 'deleted', 'merged', 'closed_unknown'] -%}
        {%- do causes.update({status: "status_code = '" ~ status ~ "' and (is_first or last_status_code <> '" ~ status ~ "')"}) -%}
    {%- endfor -%}
    {%- for code, column in {'currency': 'currency_code', 'customer': 'customer_id', 'owner': 'owner_id'}.items() -%}
        {%- do causes.update({code: 'not is_first and (' ~ column ~ ' is distinct from last_' ~ column ~ ')'}) -%}
    {%- endfor -%}
    {%- for code, column in {'amount': 'amount', 'category': 'forecast_category_code', 'close_date': 'expected_close_date',
        'probability': 'source_probability_rate'}.items() -%}
        {%- do causes.update({code: 'not is_first and (' ~ column ~ ' is distinct from last_' ~ column ~ ') and not (' ~ is_told_first ~ ')'}) -%}
    {%- endfor -%}
    concat(
        {%- for code in causes | sort if (code < 'rate') == before_rate %}
        case when {{ causes[code] }} then '|{{ code }}' else '' end{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
