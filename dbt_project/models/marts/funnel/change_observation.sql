{{ config(materialized=step()) }}
{# What is compared before and after a change, one row per observation with its date: deals that closed, visits that ended. #}
with deals as (

    select * from {{ ref('fct_opportunity') }} where is_won or is_lost

),

visits as (

    select visits.*
    from {{ ref('fct_stage_visit') }} as visits
    inner join {{ ref('fct_opportunity') }} as deals on visits.opportunity_id = deals.opportunity_id
    where visits.exited_date is not null and not visits.is_won_stage and deals.is_counted

),

{%- set measures = [
    ('win_rate', 'deals', 'is_won or counts_as_loss', {'observed_date': 'closed_date', 'is_success': 'is_won'}),
    ('won_cycle', 'deals', 'is_won and cycle_days is not null', {'observed_date': 'closed_date', 'value_days': 'cycle_days'}),
    ('won_amount', 'deals', 'is_won and amount_base is not null', {'observed_date': 'closed_date', 'amount_base': 'amount_base'}),
    ('won_margin', 'deals', 'is_won and amount_base is not null and margin_base is not null',
        {'observed_date': 'closed_date', 'amount_base': 'amount_base', 'margin_base': 'margin_base'}),
    ('stage_conversion', 'visits', 'true',
        {'observed_date': 'exited_date', 'is_success': "ended_by_code in ('advanced', 'won')", 'stage_set_code': 'stage_set_code', 'stage_code': 'stage_code'}),
    ('stage_days', 'visits', "not is_entry_censored and ended_by_code in ('advanced', 'moved_back', 'won', 'lost')",
        {'observed_date': 'exited_date', 'value_days': 'visit_days', 'stage_set_code': 'stage_set_code', 'stage_code': 'stage_code'})
] %}
{%- set columns = {'stage_set_code': 'string', 'stage_code': 'string', 'observed_date': 'date', 'is_success': 'boolean',
    'value_days': 'decimal(18,9)', 'amount_base': 'decimal(18,2)', 'margin_base': 'decimal(18,2)'} %}
observations as (

    {% for measure, relation, condition, values in measures -%}
    select
        '{{ measure }}' as measure_code,
        {%- for name, kind in columns.items() %}
        {{ values[name] if name in values else 'cast(null as ' ~ kind ~ ')' }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from observations
