{# Data tests of keys in one pass: the key is unique and filled, the required columns are filled. At night the published border judges them. #}
{% test is_keyed(model, key, required) %}
{{ config(tags=['published_border']) }}
select {{ key }} as key_value, 'repeated' as fault
from {{ model }}
group by {{ key }}
having count(*) > 1
union all
select {{ key }}, 'missing'
from {{ model }}
where {{ key }} is null
    {% for column in required %}or {{ column }} is null
    {% endfor %}
{% endtest %}
