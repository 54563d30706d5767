{# References of current records that match nothing or several. One row per record and field. #}
{% for target in ['customer', 'contact', 'product', 'opportunity', 'team', 'transaction_card'] %}
{% set last_target = loop.last %}
{% for entity, field in references_to(target) %}
{{ unresolved_reference(entity, field, target) }}
{{ 'union all' if not (last_target and loop.last) }}
{% endfor %}
{% endfor %}
