{# The numbers of process_rule.csv in force on the as-of date, side by side; NULL where the playbook declares none, and then nothing is judged by it.
   One row. #}
{{ config(materialized=step()) }}
with rules as (

    {{ in_force(ref('process_rule'), 'rule_code', 'process_rule_id') }}

)

select
    {%- for code in ['untouched_days', 'hot_touch_days', 'large_touch_days'] %}
    max(case when rule_code = '{{ code }}' then {{ text_to_integer('rule_value') }} end) as {{ code }},
    {%- endfor %}
    max(case when rule_code = 'hot_probability_rate' then {{ text_to_decimal('rule_value', 9) }} end) as hot_probability_rate,
    max(case when rule_code = 'large_amount_base' then {{ text_to_decimal('rule_value') }} end) as large_amount_base,
    max(case when rule_code = 'hot_intent_codes' then rule_value end) as hot_intent_codes,
    max(case when rule_code = 'large_size_codes' then rule_value end) as large_size_codes
from rules
where in_force_from_date <= {{ as_of_date() }} and in_force_to_date >= {{ as_of_date() }}
