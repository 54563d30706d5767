{# Measures as the marts publish them. Belongs here: arithmetic shared by several marts. Does not: what counts (models). #}

{# share 0-1 as decimal(18,9); NULL without a denominator #}
{% macro rate(numerator, denominator) -%}
    cast(cast({{ numerator }} as double) / nullif({{ denominator }}, 0) as decimal(18,9))
{%- endmacro %}

{# the same, withheld (NULL) below the company's minimum count #}
{% macro withheld_rate(numerator, denominator) -%}
    case when {{ denominator }} >= {{ var('minimum_rate_count') }} then {{ rate(numerator, denominator) }} end
{%- endmacro %}

{# a Wilson bound, withheld likewise #}
{% macro withheld_wilson(successes, trials, sign) -%}
    case when {{ trials }} >= {{ var('minimum_rate_count') }} then {{ wilson(successes, trials, sign) }} end
{%- endmacro %}

{# elapsed calendar days as decimal(18,9): a fraction where both instants are known, else whole days between the business dates #}
{% macro elapsed_days(first_at, second_at, first_date, second_date) -%}
    cast(
        case
            when {{ first_at }} is not null and {{ second_at }} is not null then {{ seconds_between(first_at, second_at) }} / 86400e0
            else cast({{ days_between(first_date, second_date) }} as double)
        end as decimal(18,9)
    )
{%- endmacro %}

{# money cast again after a sum #}
{% macro sum_money(value) -%}
    cast(coalesce(sum({{ value }}), 0) as decimal(18,2))
{%- endmacro %}

{# deals for which a condition holds #}
{% macro count_where(condition) -%}
    cast(coalesce(sum(case when {{ condition }} then 1 else 0 end), 0) as bigint)
{%- endmacro %}

{# the last instant of a business date in the company's zone, as naive UTC: where a day without an hour ends #}
{% macro end_of_business_date(day) -%}
    {{ utc_of_local("cast(" ~ date_add_days(day, 1) ~ " as timestamp)") }}
{%- endmacro %}

{# the first instant of a business date in the company's zone, as naive UTC #}
{% macro start_of_business_date(day) -%}
    {{ utc_of_local("cast(" ~ day ~ " as timestamp)") }}
{%- endmacro %}

{# kinds of calendar periods -> the column of dim_date that names them #}
{% macro period_codes() %}
  {{ return([('week', 'week_code'), ('month', 'month_code'), ('fiscal_quarter', 'fiscal_quarter_code'), ('fiscal_year', 'fiscal_year_code')]) }}
{% endmacro %}

{# steps that have columns of their own in funnel_opportunity #}
{% macro milestone_steps() %}{{ return(range(1, 13)) }}{% endmacro %}

{# <name>_rate with its Wilson interval: three columns #}
{% macro rate_columns(name, numerator, denominator) -%}
    {{ withheld_rate(numerator, denominator) }} as {{ name }}_rate,
    {{ withheld_wilson(numerator, denominator, '-') }} as {{ name }}_rate_low,
    {{ withheld_wilson(numerator, denominator, '+') }} as {{ name }}_rate_high
{%- endmacro %}

{# is the number of observations below the company's minimum? #}
{% macro too_few(denominator) -%}
    {{ denominator }} < {{ var('minimum_rate_count') }}
{%- endmacro %}

{# has every day of a cohort's period been followed for so many days? Of all time and of the trailing year, only the deals that were are counted #}
{% macro is_followed(period, days) -%}
    ({{ period }}.period_kind_code in ('all', 'trailing_365_days')
    or coalesce({{ date_add_days(period ~ '.period_end_date', days) }} <= {{ as_of_date() }}, false))
{%- endmacro %}

{# one row: can the measure be supported by the data of some source? (measure_availability) Where nobody told what it needs, 0 would be an invention #}
{% macro supported_measures(measures) -%}
    select
        {%- for measure in measures %}
        coalesce(max(case when measure_code = '{{ measure }}' then case when is_available then 1 else 0 end end), 1) = 1 as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('measure_availability') }}
{%- endmacro %}
