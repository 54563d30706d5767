{# Spans of a deal's life: cut where a rate changes, and named by what began them. Belongs here: both, as opportunity_interval needs them. Does not:
   which spans there are (the model). #}

{# columns of a span, of its forerunner (last_), and of the piece before (before_): `|code|code`, alphabetical. What a first delivery tells
   of a time that nobody had told of is no change of amount, date, category or probability. #}
{% macro started_by_codes() -%}
    {%- set first = 'interval_number = 1' -%}
    {%- set next = 'interval_number > 1 and not is_later_piece' -%}
    {%- set is_told_first = 'last_is_reconstructed and not is_reconstructed' -%}
    {%- set causes = {
        'created': first ~ ' and created.opportunity_id is not null',
        'first_seen': '(' ~ first ~ ' and created.opportunity_id is null) or (' ~ next ~ ' and ' ~ is_told_first
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

{# CTEs from `spans`, `versions` and `rate_steps` to `numbered`: the pieces of every span, in order, beside what was before them #}
{% macro pieces_by_rate() -%}
{%- set base = var('base_currency') -%}
{%- set is_apart = target.type != 'spark' -%}{# Spark ran out of memory deriving constraints from both ways at once; all spans pass the general one #}
{# deals that were ever in a currency with a rate: the spans of all others are in one piece #}
priced as (

    select distinct opportunity_id
    from versions
    where currency_code <> '{{ base }}' or currency_code in (select currency_code from rate_steps)

),

{# an open deal in another currency is worth what the day's rate says; a closed one what that of its close says #}
valued as (

    select
        spans.*,
        case when spans.currency_code = '{{ base }}' then cast(1 as decimal(18,9)) else rate_steps.exchange_rate end as exchange_rate,
        coalesce(case when spans.status_code = 'open' then greatest(rate_steps.from_date, spans.event_date) end, spans.event_date) as piece_from_date,
        coalesce(case when spans.status_code = 'open' then least(rate_steps.until_date, spans.until_date) end, spans.until_date) as piece_until_date
    from spans
    {{ 'inner join priced on spans.opportunity_id = priced.opportunity_id' if is_apart }}
    left join rate_steps
        on spans.currency_code = rate_steps.currency_code
        and rate_steps.from_date < case
            when spans.status_code = 'open' then greatest(spans.until_date, {{ date_add_days('spans.event_date', 1) }})
            when spans.status_code in ('won', 'lost') then {{ date_add_days('spans.closed_date', 1) }}
            else {{ date_add_days('spans.event_date', 1) }}
        end
        and rate_steps.until_date > case when spans.status_code in ('won', 'lost') then spans.closed_date else spans.event_date end

),

numbered as (

    select
        *,
        row_number() over in_order as interval_number,
        lag(status_code) over in_order as before_status_code,
        lag(exchange_rate) over in_order as before_rate,
        lag(currency_code) over in_order as before_currency_code,
        lag(event_number) over in_order = event_number as is_later_piece
    from valued
    window in_order as (partition by opportunity_id order by event_number, piece_from_date)
    {%- if is_apart %}
    union all
    select
        spans.*,
        cast(1 as decimal(18,9)) as exchange_rate,
        spans.event_date as piece_from_date,
        spans.until_date as piece_until_date,
        spans.span_number as interval_number,
        spans.last_status_code as before_status_code,
        cast(1 as decimal(18,9)) as before_rate,
        spans.last_currency_code as before_currency_code,
        false as is_later_piece
    from spans
    left join priced on spans.opportunity_id = priced.opportunity_id
    where priced.opportunity_id is null
    {%- endif %}

),
{%- endmacro %}
