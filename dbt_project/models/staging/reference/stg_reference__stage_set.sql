{# One row per deal and version: the stage set that the version's own fields choose. Declared by the source, else the first rule whose conditions all
   hold, else the default. A rule counts when it was in force on the day the deal was created (else first delivered); a condition names canonical
   fields (codes, not the source's words). Customers and products are today's. Versions alike in all that a rule asks are judged once. #}
{%- set coded = ['pipeline', 'buying_process', 'opportunity_type'] -%}
{%- set asked = ['currency_code', 'amount', 'pipeline_code', 'buying_process_code', 'opportunity_type_code', 'customer_id'] -%}
with rule as (

    select *, count(*) over (partition by rule_code) as condition_count
    from {{ ref('stg_record__stage_set_rule') }}
    where rule_code is not null
        and stage_set_code is not null

),

question as (

    select
        {%- for field in asked %}
        coalesce(max(case when condition_field = '{{ 'segment' if field == 'customer_id' else field }}' then 1 else 0 end), 0) = 1 as asks_{{ field }}{{ ',' if not loop.last }}
        {%- endfor %}
    from rule

),

version as (

    select
        record.opportunity_id,
        record.source_system,
        record.version_number,
        record.is_current,
        record.stage_set,
        coalesce(
            record.created_date, {{ business_date('record.created_at') }}, part.first_delivered_date, presence.first_delivered_date, record._valid_from_date
        ) as judged_date,
        case when question.asks_currency_code then record.currency_code end as currency_code,
        case when question.asks_amount then record.amount end as amount,
        {%- for field in coded %}
        case when question.asks_{{ field }}_code then {{ code_value(field) }} end as {{ field }}_code,
        {%- endfor %}
        case when question.asks_customer_id then customer_match.record_id end as customer_id
    from {{ ref('stg_opportunity__version') }} as record
    cross join question
    left join {{ ref('stg_opportunity__continuation') }} as part on record.opportunity_id = part.opportunity_id and part.part_number = 1
    left join {{ ref('ledger_record') }} as presence
        on record.source_system = presence.source_system
        and record._record_key = presence._record_key
        and presence.entity = 'opportunity'
    {{ reference_join('customer', 'customer') }}
    {%- for field in coded %}
    {{ code_join(field) }}
    {%- endfor %}

),

numbered as (

    select
        *,
        concat(
            opportunity_id, '|', cast(dense_rank() over (
                partition by opportunity_id
                order by judged_date nulls last, source_system, stage_set nulls last
                    {%- for field in asked %}, {{ field }} nulls last
                    {%- endfor %}
            ) as string)
        ) as likeness_key
    from version

),

judged as (

    select distinct opportunity_id, source_system, likeness_key, judged_date, stage_set, {{ asked | join(', ') }}
    from numbered

),

fact as (

    {%- for field in ['source_system', 'currency_code', 'pipeline_code', 'buying_process_code', 'opportunity_type_code'] %}
    select likeness_key, judged_date, '{{ field }}' as condition_field, {{ field }} as fact_text, cast(null as decimal(18,2)) as fact_number from judged
    union all
    {%- endfor %}
    select likeness_key, judged_date, 'amount', cast(null as string), amount from judged
    union all
    select judged.likeness_key, judged.judged_date, 'segment', customer.segment, cast(null as decimal(18,2))
    from judged
    inner join {{ ref('stg_record__customer') }} as customer
        on judged.customer_id = concat(customer.source_system, ':', customer._record_key) and customer.is_current
    union all
    select judged.likeness_key, judged.judged_date, 'product_family', product.family, cast(null as decimal(18,2))
    from judged
    inner join {{ ref('stg_reference__opportunity_family') }} as product
        on judged.opportunity_id = product.opportunity_id

),

satisfied as (

    select fact.likeness_key, rule.rule_code, rule.rule_order, rule.stage_set_code, rule.condition_count, rule._record_key as condition_key
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

    select likeness_key, rule_code, min(rule_order) as rule_order, min(stage_set_code) as stage_set_code
    from satisfied
    group by likeness_key, rule_code, condition_count
    having count(distinct condition_key) = condition_count

),

first_rule as (

    select *, row_number() over (partition by likeness_key order by rule_order nulls last, rule_code) as rule_rank
    from whole

),

known_set as (

    select distinct stage_set_code from {{ ref('stg_record__stage_set') }}

)

select
    numbered.opportunity_id,
    numbered.version_number,
    numbered.is_current,
    coalesce(known_set.stage_set_code, first_rule.stage_set_code, fallback.stage_set_code) as stage_set_code,
    case when known_set.stage_set_code is not null then 'declared' when first_rule.rule_code is not null then first_rule.rule_code else 'default' end as stage_set_rule_code
from numbered
left join known_set on numbered.stage_set = known_set.stage_set_code
left join first_rule
    on numbered.likeness_key = first_rule.likeness_key
    and first_rule.rule_rank = 1
cross join {{ ref('stg_reference__default_stage_set') }} as fallback
