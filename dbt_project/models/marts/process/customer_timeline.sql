{# Everything that happened with a customer, in one list: activities, planned ones too, moves of its deals, deals that went away, orders,
   leads. A deal's events belong to the customer it names now. #}
{%- set events = [
    ('activities', 'not activities.is_vanished', {
        'kind_code': "'activity'", 'event_id': 'activities.activity_id', 'customer_id': 'coalesce(activities.customer_id, deals.customer_id)',
        'event_date': 'activities.activity_date', 'event_at': 'activities.occurred_at', 'detail_code': 'activities.activity_type_code',
        'is_done': 'activities.is_done', 'owner_id': 'activities.owner_id', 'amount_base': 'cast(null as decimal(18,2))'}),
    ('moves', 'true', {
        'kind_code': "'stage_move'", 'event_id': 'moves.stage_move_id', 'customer_id': 'deals.customer_id', 'event_date': 'moves.moved_date',
        'event_at': 'moves.moved_at', 'detail_code': "concat(moves.move_code, coalesce(concat(':', moves.to_stage_code), ''))", 'is_done': 'true',
        'owner_id': 'moves.owner_id', 'amount_base': "case when moves.move_code = 'won' and deals.is_won then deals.amount_base end"}),
    ('gone', 'true', {
        'kind_code': "'gone'", 'event_id': 'gone.opportunity_id', 'customer_id': 'deals.customer_id', 'event_date': 'gone.gone_date',
        'event_at': 'gone.gone_at', 'detail_code': 'gone.gone_code', 'is_done': 'true', 'owner_id': 'gone.owner_id', 'amount_base': 'deals.amount_base'}),
    ('orders', 'true', {
        'kind_code': "'order'", 'event_id': 'orders.transaction_card_id', 'customer_id': 'coalesce(orders.customer_id, deals.customer_id)',
        'event_date': 'orders.transaction_date', 'event_at': 'cast(null as timestamp)', 'detail_code': 'orders.status_code', 'is_done': 'true',
        'owner_id': 'orders.owner_id', 'amount_base': base_amount('orders.amount', 'orders.currency_code', 'rates.exchange_rate')}),
    ('leads', 'true', {
        'kind_code': "'lead'", 'event_id': 'leads.lead_id', 'customer_id': 'leads.converted_customer_id', 'event_date': 'leads.created_date',
        'event_at': 'leads.created_at', 'detail_code': 'leads.status_code', 'is_done': 'true', 'owner_id': 'leads.owner_id',
        'amount_base': 'cast(null as decimal(18,2))'})
] -%}
with deals as (

    select * from {{ ref('fct_opportunity') }}

),

activities as (

    select * from {{ ref('fct_activity') }}

),

moves as (

    select * from {{ ref('fct_stage_move') }}

),

gone as (

    select gone.*, deals.source_system, deals._delivery_id, deals._source_file, deals._sheet, deals._row_number
    from {{ ref('opportunity_gone') }} as gone
    inner join deals on gone.opportunity_id = deals.opportunity_id

),

orders as (

    select * from {{ ref('transaction_card') }} where not is_vanished

),

leads as (

    select *, converted_opportunity_id as opportunity_id from {{ ref('lead') }} where not is_vanished and converted_customer_id is not null

),

listed as (

    {% for relation, condition, values in events -%}
    select
        {%- for column, value in values.items() %}
        {{ value }} as {{ column }},
        {%- endfor %}
        {{ relation }}.opportunity_id,
        {{ relation }}.source_system,
        {{ relation }}._delivery_id,
        {{ relation }}._source_file,
        {{ relation }}._sheet,
        {{ relation }}._row_number
    from {{ relation }}
    {%- if 'deals.' in values.values() | join %}
    left join deals on {{ relation }}.opportunity_id = deals.opportunity_id
    {%- endif %}
    {%- if relation == 'orders' %}
    left join {{ ref('exchange_rate_span') }} as rates
        on orders.currency_code = rates.currency_code
        and orders.transaction_date >= rates.valid_from_date and orders.transaction_date < rates.valid_until_date
    {%- endif %}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    concat(kind_code, ':', event_id) as customer_event_id,
    {{ as_of_date() }} as as_of_date,
    customer_id,
    event_date,
    event_at,
    kind_code,
    detail_code,
    is_done,
    event_id,
    opportunity_id,
    owner_id,
    amount_base,
    source_system,
    _delivery_id,
    _source_file,
    _sheet,
    _row_number
from listed
where customer_id is not null and event_date is not null
