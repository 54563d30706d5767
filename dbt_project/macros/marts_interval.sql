{# What began a span of a deal's life, by comparing it with the span before. Belongs here: the names of the causes. Does not: the spans. #}

{# columns of a span, of its forerunner (last_), and of the piece before (before_): `|code|code`, alphabetical. What a first delivery tells
   of a time that nobody had told of is no change of amount, date, category or probability. #}
{% macro started_by_codes() -%}
    {%- set first = 'interval_number = 1' -%}
    {%- set next = 'interval_number > 1 and not is_later_piece' -%}
    {%- set is_told_first = 'last_is_reconstructed and not is_reconstructed' -%}
    {%- set causes = {
        'created': first ~ ' and has_creation',
        'first_seen': '(' ~ first ~ ' and not has_creation) or (' ~ next ~ ' and ' ~ is_told_first
            ~ ' and version_in_force_number is not null and previous_delivered_date is null)',
        'discovered_late': next ~ ' and ' ~ is_told_first ~ ' and version_in_force_number is not null and previous_delivered_date is not null',
        'stage': next ~ ' and (stage_code is distinct from last_stage_code or stage_set_code is distinct from last_stage_set_code'
            ~ ' or stage_visit_id is distinct from last_stage_visit_id) and (status_code = last_status_code'
            ~ " or status_code = 'open' and last_status_code in ('vanished', 'deleted', 'merged') and stage_code is distinct from last_stage_code)",
        'reopened': next ~ " and status_code = 'open' and last_status_code in ('won', 'lost', 'closed_unknown')",
        'returned': next ~ " and status_code = 'open' and last_status_code in ('vanished', 'deleted', 'merged')",
        'rate': "interval_number > 1 and status_code = 'open' and before_status_code = 'open' and currency_code = before_currency_code"
            ~ ' and (exchange_rate is distinct from before_rate)'
    } -%}
    {%- for status in ['won', 'lost', 'vanished', 'deleted', 'merged', 'closed_unknown'] -%}
        {%- do causes.update({status: "status_code = '" ~ status ~ "' and (" ~ first ~ " or not is_later_piece and last_status_code <> '" ~ status ~ "')"}) -%}
    {%- endfor -%}
    {%- for code, column in {'currency': 'currency_code', 'customer': 'customer_id', 'owner': 'owner_id'}.items() -%}
        {%- do causes.update({code: next ~ ' and (' ~ column ~ ' is distinct from last_' ~ column ~ ')'}) -%}
    {%- endfor -%}
    {%- for code, column in {'amount': 'amount', 'category': 'forecast_category_code', 'close_date': 'expected_close_date', 'probability': 'source_probability_rate'}.items() -%}
        {%- do causes.update({code: next ~ ' and (' ~ column ~ ' is distinct from last_' ~ column ~ ') and not (' ~ is_told_first ~ ')'}) -%}
    {%- endfor -%}
    concat(
        {%- for code in causes | sort %}
        case when {{ causes[code] }} then '|{{ code }}' else '' end{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
