{# One row per deal: the stage set it is judged by. Declared by the source, else the first rule whose conditions all hold, else the default.
   A rule counts when it was in force on the day the deal was created (else first delivered); values are the deal's latest,
   a condition names canonical fields (codes, not the source's words). #}
{%- set coded = ['pipeline', 'buying_process', 'opportunity_type'] -%}
with opportunity as (

    {{ current_records('opportunity') }}

),

judged as (

    select
        opportunity.*,
        coalesce(opportunity.created_date, {{ business_date('opportunity.created_at') }}, opportunity.first_delivered_date) as judged_date,
        {%- for field in coded %}
        {{ code_value(field, 'opportunity') }} as {{ field }}_code,
        {%- endfor %}
        customer_match.record_id as customer_id
    from opportunity
    {{ reference_join('customer', 'customer', 'opportunity') }}
    {%- for field in coded %}
    {{ code_join(field, 'opportunity') }}
    {%- endfor %}

),

rule as (

    select *, count(*) over (partition by rule_code) as condition_count
    from {{ ref('stg_record__stage_set_rule') }}
    where rule_code is not null
        and stage_set_code is not null

),

fact as (

    {%- for field in ['source_system', 'currency_code', 'pipeline_code', 'buying_process_code', 'opportunity_type_code'] %}
    select source_system, _record_key, judged_date, '{{ field }}' as condition_field, {{ field }} as fact_text, cast(null as decimal(18,2)) as fact_number from judged
    union all
    {%- endfor %}
    select source_system, _record_key, judged_date, 'amount', cast(null as string), amount from judged
    union all
    select judged.source_system, judged._record_key, judged.judged_date, 'segment', customer.segment, cast(null as decimal(18,2))
    from judged
    inner join {{ ref('stg_record__customer') }} as customer
        on judged.customer_id = concat(customer.source_system, ':', customer._record_key) and customer.is_current
    union all
    select judged.source_system, judged._record_key, judged.judged_date, 'product_family', product.family, cast(null as decimal(18,2))
    from judged
    inner join {{ ref('stg_reference__opportunity_family') }} as product
        on judged.record_id = product.opportunity_id

),

satisfied as (

    select fact.source_system, fact._record_key, rule.rule_code, rule.rule_order, rule.stage_set_code, rule.condition_count, rule._record_key as condition_key
    from fact
    inner join rule
        on fact.condition_field = rule.condition_field
        and fact.judged_date >= coalesce(rule.valid_from_date, fact.judged_date)
        and fact.judged_date <= coalesce(rule.valid_to_date, fact.judged_date)
    where case rule.condition_operator
        when '=' then coalesce(fact.fact_text = rule.condition_value, fact.fact_number = {{ text_to_decimal('rule.condition_value') }})
        when '<>' then coalesce(fact.fact_text <> rule.condition_value, fact.fact_number <> {{ text_to_decimal('rule.condition_value') }})
        when 'in' then {{ in_list('fact.fact_text', 'rule.condition_value') }}
        when '>=' then fact.fact_number >= {{ text_to_decimal('rule.condition_value') }}
        when '<=' then fact.fact_number <= {{ text_to_decimal('rule.condition_value') }}
        when '>' then fact.fact_number > {{ text_to_decimal('rule.condition_value') }}
        when '<' then fact.fact_number < {{ text_to_decimal('rule.condition_value') }}
    end

),

whole as (

    select source_system, _record_key, rule_code, min(rule_order) as rule_order, min(stage_set_code) as stage_set_code
    from satisfied
    group by source_system, _record_key, rule_code, condition_count
    having count(distinct condition_key) = condition_count

),

first_rule as (

    select *, row_number() over (partition by source_system, _record_key order by rule_order nulls last, rule_code) as rule_rank
    from whole

),

known_set as (

    select distinct stage_set_code from {{ ref('stg_record__stage_set') }}

)

select
    judged.source_system,
    judged._record_key,
    coalesce(known_set.stage_set_code, first_rule.stage_set_code, fallback.stage_set_code) as stage_set_code,
    case when known_set.stage_set_code is not null then 'declared' when first_rule.rule_code is not null then first_rule.rule_code else 'default' end as stage_set_rule_code
from judged
left join known_set on judged.stage_set = known_set.stage_set_code
left join first_rule
    on judged.source_system = first_rule.source_system
    and judged._record_key = first_rule._record_key
    and first_rule.rule_rank = 1
cross join {{ ref('stg_reference__default_stage_set') }} as fallback
