{# Rules about a deal as it stands on the as-of date: money without a rate, dates that have passed, a source that has ended #}
{{ config(materialized=step()) }}
with opportunities as (

    select * from {{ ref('fct_opportunity') }} where is_counted

),

broken as (

    select
        'FNL-709' as rule_code,
        opportunities.*,
        first_delivered_date as first_seen_date,
        concat(currency_code, ' ', cast(amount as string)) as detail
    from opportunities
    where amount_base_missing_code = 'no_rate'
    union all
    select
        'FNL-712' as rule_code,
        opportunities.*,
        greatest({{ date_add_days('expected_close_date', 1) }}, first_delivered_date) as first_seen_date,
        cast(expected_close_date as string) as detail
    from opportunities
    where is_open and expected_close_date < {{ as_of_date() }}
    union all
    select
        'FNL-736' as rule_code,
        opportunities.*,
        {{ date_add_days('ended.end_date', 1) }} as first_seen_date,
        cast(ended.end_date as string) as detail
    from opportunities
    inner join {{ ref('source') }} as ended on opportunities.source_system = ended.source_system and ended.entity = 'opportunity'
    where is_open and ended.end_date < {{ as_of_date() }}

)

select
    rule_code,
    'opportunity' as entity,
    opportunity_id as record_id,
    'now' as span_key,
    opportunity_id,
    owner_id,
    first_seen_date,
    cast(null as date) as last_seen_date,
    detail,
    source_system,
    _delivery_id,
    _source_file,
    _sheet,
    _row_number
from broken
