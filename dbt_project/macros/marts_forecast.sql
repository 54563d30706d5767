{# Pipeline movement: what its models share. Belongs here: valuing, scopes and the list of components. Does not: which deals (models). #}

{# money in base currency at a given rate; NULL without an amount or a rate #}
{% macro base_amount(amount, currency, rate) -%}
    cast(case when {{ currency }} = '{{ var("base_currency") }}' then {{ amount }} else cast(cast({{ amount }} as decimal(19,2)) * {{ rate }} as decimal(18,2)) end as decimal(18,2))
{%- endmacro %}

{# the terms of the waterfall: code -> sign in end = start + ... #}
{% macro pipeline_components() %}
  {{ return({
    'created': 1, 'reopened': 1, 'reappeared': 1, 'discovered_late': 1, 'increased': 1, 'transferred_in': 1, 'pulled_in': 1, 'exchange_gain': 1,
    'decreased': -1, 'won': -1, 'lost': -1, 'closed_unknown': -1, 'vanished': -1, 'merged_away': -1, 'transferred_out': -1, 'pushed_out': -1,
    'exchange_loss': -1, 'restated': 1
  }) }}
{% endmacro %}
