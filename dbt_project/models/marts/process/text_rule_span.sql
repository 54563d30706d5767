{# The rule of each kind of activity and text in each span of time: the one that names the kind before the one for any, then the one that
   names the text. One row per kind of activity and span. #}
{{ config(materialized=step()) }}
with rules as (

    {{ in_force(ref('text_rule'), 'activity_type_code, text_field', 'text_rule_id') }}

),

boundaries as (

    select in_force_from_date as from_date from rules
    union
    select {{ date_add_days('in_force_to_date', 1) }} as from_date from rules where in_force_to_date < cast('9999-12-31' as date)

),

spans as (

    select
        from_date,
        coalesce({{ date_add_days('lead(from_date) over (order by from_date)', -1) }}, cast('9999-12-31' as date)) as to_date
    from boundaries

),

kinds as (

    {% for kind in closed_codes('activity_type') -%}
    select '{{ kind }}' as activity_type_code{{ ' union all' if not loop.last }}
    {% endfor %}

),

ranked as (

    select
        kinds.activity_type_code,
        spans.from_date,
        spans.to_date,
        texts.text_name,
        coalesce(rules.minimum_length, 1) as minimum_length,
        rules.maximum_repetitions,
        '|' || {{ fold_case('rules.meaningless_words') }} || '|' as meaningless_words,
        row_number() over (
            partition by kinds.activity_type_code, spans.from_date, texts.text_name
            order by case when rules.activity_type_code = '*' then 1 else 0 end, case when rules.text_field = '*' then 1 else 0 end, rules.text_rule_id
        ) as rule_rank
    from spans
    cross join kinds
    cross join (
        {% for text in asked_texts() %}
        select '{{ text }}' as text_name{{ ' union all' if not loop.last }}
        {%- endfor %}
    ) as texts
    inner join rules
        on spans.from_date >= rules.in_force_from_date and spans.from_date <= rules.in_force_to_date
        and rules.activity_type_code in (kinds.activity_type_code, '*')
        and rules.text_field in (concat(texts.text_name, '_text'), '*')

)

select
    activity_type_code,
    from_date,
    to_date
    {%- for text in asked_texts() %}
    {%- for column in ['minimum_length', 'maximum_repetitions', 'meaningless_words'] %},
    max(case when text_name = '{{ text }}' then {{ column }} end) as {{ text }}_{{ column }}
    {%- endfor %}
    {%- endfor %}
from ranked
where rule_rank = 1
group by activity_type_code, from_date, to_date
