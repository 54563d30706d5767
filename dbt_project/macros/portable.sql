{# What the two engines say differently, each behind one name. No business rule belongs here. #}

{# ISO text with an offset or Z -> naive UTC timestamp; NULL when it is none #}
{% macro utc_timestamp(text) %}{{ return(adapter.dispatch('utc_timestamp')(text)) }}{% endmacro %}
{% macro duckdb__utc_timestamp(text) %}(try_cast({{ text }} as timestamptz) at time zone 'UTC'){% endmacro %}
{% macro spark__utc_timestamp(text) %}cast(try_cast({{ text }} as timestamp_ltz) as timestamp_ntz){% endmacro %}

{# naive UTC timestamp -> date in the company's zone #}
{% macro business_date(at) %}{{ return(adapter.dispatch('business_date')(at, var('time_zone'))) }}{% endmacro %}
{% macro duckdb__business_date(at, zone) %}cast(({{ at }} at time zone 'UTC') at time zone '{{ zone }}' as date){% endmacro %}
{% macro spark__business_date(at, zone) %}cast(convert_timezone('UTC', '{{ zone }}', {{ at }}) as date){% endmacro %}

{# naive local timestamp of the company's zone -> naive UTC #}
{% macro utc_of_local(at) %}{{ return(adapter.dispatch('utc_of_local')(at, var('time_zone'))) }}{% endmacro %}
{% macro duckdb__utc_of_local(at, zone) %}(({{ at }} at time zone '{{ zone }}') at time zone 'UTC'){% endmacro %}
{% macro spark__utc_of_local(at, zone) %}convert_timezone('{{ zone }}', 'UTC', {{ at }}){% endmacro %}

{% macro days_between(first_date, second_date) %}{{ return(adapter.dispatch('days_between')(first_date, second_date)) }}{% endmacro %}
{% macro duckdb__days_between(first_date, second_date) %}cast({{ second_date }} - {{ first_date }} as int){% endmacro %}
{% macro spark__days_between(first_date, second_date) %}datediff({{ second_date }}, {{ first_date }}){% endmacro %}

{% macro seconds_between(first_at, second_at) %}{{ return(adapter.dispatch('seconds_between')(first_at, second_at)) }}{% endmacro %}
{% macro duckdb__seconds_between(first_at, second_at) %}(date_diff('microsecond', {{ first_at }}, {{ second_at }}) / 1e6){% endmacro %}
{% macro spark__seconds_between(first_at, second_at) %}(timestampdiff(microsecond, {{ first_at }}, {{ second_at }}) / 1e6){% endmacro %}

{# date plus whole days (may be negative) -> date #}
{% macro date_add_days(day, days) %}{{ return(adapter.dispatch('date_add_days')(day, days)) }}{% endmacro %}
{% macro duckdb__date_add_days(day, days) %}({{ day }} + cast({{ days }} as integer)){% endmacro %}
{% macro spark__date_add_days(day, days) %}date_add({{ day }}, cast({{ days }} as int)){% endmacro %}

{# rows of one column date_day, both ends included #}
{% macro day_spine(start, finish) %}{{ return(adapter.dispatch('day_spine')(start, finish)) }}{% endmacro %}
{% macro duckdb__day_spine(start, finish) %}select cast(unnest(generate_series({{ start }}, {{ finish }}, interval 1 day)) as date) as date_day{% endmacro %}
{% macro spark__day_spine(start, finish) %}select explode(sequence({{ start }}, {{ finish }}, interval 1 day)) as date_day{% endmacro %}

{% macro json_text(column, path) %}{{ return(adapter.dispatch('json_text')(column, path)) }}{% endmacro %}
{% macro duckdb__json_text(column, path) %}case when json_valid({{ column }}) then json_extract_string({{ column }}, '{{ path }}') end{% endmacro %}
{% macro spark__json_text(column, path) %}get_json_object({{ column }}, '{{ path }}'){% endmacro %}

{# relation with a JSON object column -> its rows times the object's entries, as <columns>, name, value (both text) #}
{% macro json_entries(relation, column, columns) %}{{ return(adapter.dispatch('json_entries')(relation, column, columns)) }}{% endmacro %}
{% macro duckdb__json_entries(relation, column, columns) -%}
    select {{ columns | join(', ') }}, entry.key as name, entry.value as value
    from (
        select {{ columns | join(', ') }}, unnest(map_entries(cast(from_json({{ column }}, '"MAP(VARCHAR,VARCHAR)"') as map(varchar, varchar)))) as entry
        from {{ relation }}
        where {{ column }} is not null
    ) as entries
{%- endmacro %}
{% macro spark__json_entries(relation, column, columns) -%}
    select {{ columns | join(', ') }}, name, value
    from {{ relation }}
    lateral view explode(from_json({{ column }}, 'map<string,string>')) entries as name, value
    where {{ column }} is not null
{%- endmacro %}

{% macro regex_replace_all(column, pattern, replacement) %}{{ return(adapter.dispatch('regex_replace_all')(column, pattern, replacement)) }}{% endmacro %}
{% macro duckdb__regex_replace_all(column, pattern, replacement) %}regexp_replace({{ column }}, '{{ pattern }}', '{{ replacement }}', 'g'){% endmacro %}
{% macro spark__regex_replace_all(column, pattern, replacement) %}regexp_replace({{ column }}, '{{ pattern | replace("\\", "\\\\") }}', '{{ replacement }}'){% endmacro %}

{% macro regex_matches(column, pattern) %}{{ return(adapter.dispatch('regex_matches')(column, pattern)) }}{% endmacro %}
{% macro duckdb__regex_matches(column, pattern) %}regexp_matches({{ column }}, '{{ pattern }}'){% endmacro %}
{% macro spark__regex_matches(column, pattern) %}({{ column }} rlike '{{ pattern | replace("\\", "\\\\") }}'){% endmacro %}

{# is `value` one of the values parted by | in `list`: literal, no pattern #}
{% macro in_list(value, list) -%}
    (position(('|' || {{ value }} || '|') in ('|' || {{ list }} || '|')) > 0)
{%- endmacro %}

{# rows for the parts of a text parted by |; for the select list #}
{% macro each_part(text) %}{{ return(adapter.dispatch('each_part')(text)) }}{% endmacro %}
{% macro duckdb__each_part(text) %}unnest(string_split({{ text }}, '|')){% endmacro %}
{% macro spark__each_part(text) %}explode(split({{ text }}, '[|]')){% endmacro %}

{% macro text_agg_sorted(value, delimiter, order) %}{{ return(adapter.dispatch('text_agg_sorted')(value, delimiter, order)) }}{% endmacro %}
{% macro duckdb__text_agg_sorted(value, delimiter, order) %}string_agg({{ value }}, '{{ delimiter }}' order by {{ order }}){% endmacro %}
{% macro spark__text_agg_sorted(value, delimiter, order) %}listagg({{ value }}, '{{ delimiter }}') within group (order by {{ order }}){% endmacro %}

{# last value that is not NULL within the window #}
{% macro last_known(value, window) %}{{ return(adapter.dispatch('last_known')(value, window)) }}{% endmacro %}
{% macro duckdb__last_known(value, window) %}last_value({{ value }} ignore nulls) over ({{ window }}){% endmacro %}
{% macro spark__last_known(value, window) %}last_value({{ value }}) ignore nulls over ({{ window }}){% endmacro %}

{# a value in a box of one, so that a NULL that was said differs from nothing said #}
{% macro boxed(value) %}{{ return(adapter.dispatch('boxed')(value)) }}{% endmacro %}
{% macro duckdb__boxed(value) %}list_value({{ value }}){% endmacro %}
{% macro spark__boxed(value) %}array({{ value }}){% endmacro %}
{% macro unboxed(box) %}{{ return(adapter.dispatch('unboxed')(box)) }}{% endmacro %}
{% macro duckdb__unboxed(box) %}({{ box }})[1]{% endmacro %}
{% macro spark__unboxed(box) %}({{ box }})[0]{% endmacro %}

{% macro percentile(fraction, value) -%}
    percentile_cont({{ fraction }}) within group (order by cast({{ value }} as double))
{%- endmacro %}

{# Wilson 95 % interval, sign '-' or '+', as decimal(18,9); NULL without trials #}
{% macro wilson(successes, trials, sign) -%}
    {%- set z = 1.959963984540054 -%}
    {%- set p = "cast(" ~ successes ~ " as double) / nullif(" ~ trials ~ ", 0)" -%}
    cast((({{ p }}) + {{ z * z }}e0 / (2 * nullif({{ trials }}, 0)) {{ sign }} {{ z }}e0 * sqrt((({{ p }}) * (1 - ({{ p }})) + {{ z * z }}e0 / (4 * nullif({{ trials }}, 0))) / nullif({{ trials }}, 0))) / (1 + {{ z * z }}e0 / nullif({{ trials }}, 0)) as decimal(18,9))
{%- endmacro %}

{# case folding of codes: the two engines differ on U+0130 and on final sigma #}
{% macro fold_case(column) -%}
    translate(lower(translate({{ column }}, 'İẞ', 'Iß')), 'ς', 'σ')
{%- endmacro %}

{# dbt-spark's own dateadd yields NULL when timestamp means timestamp_ntz: the project's wins #}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    timestampadd({{ datepart }}, cast({{ interval }} as int), cast({{ from_date_or_timestamp }} as timestamp))
{%- endmacro %}

{% macro as_of_date() %}cast('{{ night_value("as_of_date") }}' as date){% endmacro %}

{# as_of_date, landing and state come from the environment at night: other --vars than last night's would make dbt parse the whole
   project again (4 s), and these shape no graph. Tests give them as vars. #}
{% macro night_value(name) %}{{ return(env_var('FUNNEL_' ~ name | upper, var(name)) if execute else var(name)) }}{% endmacro %}

{# a value that is published only where the company says personal data may be #}
{% macro personal(column, type='string') -%}
    {%- if var('personal_data') %}{{ column }}{% else %}cast(null as {{ type }}){% endif -%}
{%- endmacro %}
