with vanishings as (

    select
        vanished.*,
        case when vanished.entity = 'opportunity' then coalesce(parts.opportunity_id, vanished.record_id) end as opportunity_id,
        case when vanished.entity = 'customer' then vanished.record_id end as customer_id
    from {{ ref('record_vanishing') }} as vanished
    left join {{ ref('opportunity_continuation') }} as parts
        on case when vanished.entity = 'opportunity' then vanished.record_id end = parts.opportunity_continuation_id

),

opportunities as (

    select
        opportunity_id,
        _record_version_number,
        source_system,
        opportunity_name,
        owner_id,
        customer_id,
        stage_code,
        amount,
        currency_code,
        is_closed,
        _source_file,
        _sheet,
        _row_number
    from {{ ref('opportunity_version') }}

),

customers as (

    select * from {{ ref('customer') }}

)

select
    vanishings.record_vanishing_id,
    vanishings.entity,
    vanishings.record_id,
    vanishings.source_system,
    vanishings.opportunity_id,
    coalesce(opportunities.opportunity_name, customers.customer_name) as record_name,
    coalesce(opportunities.owner_id, customers.owner_id) as owner_id,
    coalesce(opportunities.customer_id, customers.customer_id) as customer_id,
    opportunities.stage_code,
    opportunities.is_closed as was_closed,
    opportunities.amount,
    opportunities.currency_code,
    case
        when opportunities.currency_code = '{{ var("base_currency") }}' then opportunities.amount
        else cast(cast(opportunities.amount as decimal(19,2)) * rates.exchange_rate as decimal(18,2))
    end as amount_base,
    vanishings.vanished_at,
    vanishings.vanished_date,
    vanishings.vanished_delivery_id,
    vanishings.is_uncertain,
    vanishings.returned_at,
    vanishings.returned_at is null as is_missing,
    opportunities._source_file,
    opportunities._sheet,
    opportunities._row_number
from vanishings
left join opportunities
    on vanishings.opportunity_id = opportunities.opportunity_id
    and vanishings.source_system = opportunities.source_system
    and vanishings.last_version_number = opportunities._record_version_number
left join customers on vanishings.customer_id = customers.customer_id
left join {{ ref('exchange_rate_span') }} as rates
    on opportunities.currency_code = rates.currency_code
    and vanishings.vanished_date >= rates.valid_from_date and vanishings.vanished_date < rates.valid_until_date
