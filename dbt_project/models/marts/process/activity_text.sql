{# Activities with what is wrong with each of their texts, by the playbook's rule on the day of the activity. A text that an owner has used more
   often than allowed counts as missing wherever it stands: what fits forty visits says nothing about one. One row per activity. #}
{{ config(materialized=step()) }}
with activities as (

    select
        *,
        coalesce(occurred_date, planned_date) as activity_date
    from {{ ref('activity') }}

),

ruled as (

    select
        activities.*
        {%- for text in asked_texts() %},
        {{ said('activities.' ~ text ~ '_text') }} as {{ text }}_said,
        rules.{{ text }}_minimum_length,
        rules.{{ text }}_maximum_repetitions,
        rules.{{ text }}_meaningless_words
        {%- endfor %}
    from activities
    left join {{ ref('text_rule_span') }} as rules
        on activities.activity_type_code = rules.activity_type_code
        and activities.activity_date >= rules.from_date and activities.activity_date <= rules.to_date

),

{% for text in asked_texts() -%}
{{ text }}_repeated as (

    select
        owner_id,
        {{ text }}_said as said,
        count(*) as use_count
    from ruled
    where {{ text }}_maximum_repetitions is not null and owner_id is not null and not is_vanished and {{ text }}_said <> ''
    group by owner_id, {{ text }}_said
    having count(*) > min({{ text }}_maximum_repetitions)

),

{% endfor -%}
judged as (

    select
        ruled.*
        {%- for text in asked_texts() %},
        case
            when ruled.{{ text }}_text is null or ruled.{{ text }}_said = '' and ruled.{{ text }}_minimum_length > 0 then 'missing'
            when length(ruled.{{ text }}_said) < ruled.{{ text }}_minimum_length then 'too_short'
            when length(ruled.{{ text }}_said) <= 20
                and position(concat('|', {{ fold_case('ruled.' ~ text ~ '_said') }}, '|') in ruled.{{ text }}_meaningless_words) > 0 then 'meaningless'
            when {{ text }}_repeated.use_count > ruled.{{ text }}_maximum_repetitions then 'repeated'
        end as {{ text }}_fault_code
        {%- endfor %}
    from ruled
    {% for text in asked_texts() -%}
    left join {{ text }}_repeated on ruled.owner_id = {{ text }}_repeated.owner_id and ruled.{{ text }}_said = {{ text }}_repeated.said
    {% endfor %}

)

select * from judged
