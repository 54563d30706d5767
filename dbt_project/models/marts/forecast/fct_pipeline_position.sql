{# Where every open deal stood on the evenings that windows begin and end with. As published: the money as published; else at the rate of the day. #}
with evenings as (

    select view_code, opening_date as position_date from {{ ref('pipeline_window') }}
    union
    select view_code, closing_date as position_date from {{ ref('pipeline_window') }}

),

standing as (

    select
        evenings.position_date,
        spans.*
    from {{ ref('pipeline_span') }} as spans
    inner join evenings
        on spans.view_code = evenings.view_code
        and spans.from_date <= evenings.position_date and evenings.position_date < spans.until_date
    where spans.status_code = 'open'

)

select
    concat(standing.view_code, ':', cast(standing.position_date as string), ':', standing.opportunity_id) as pipeline_position_id,
    {{ as_of_date() }} as as_of_date,
    standing.view_code,
    standing.position_date,
    standing.opportunity_id,
    standing.owner_id,
    standing.team_id,
    standing.amount,
    standing.currency_code,
    case
        when standing.view_code = 'as_published' then standing.amount_base
        else {{ base_amount('standing.amount', 'standing.currency_code', 'rates.exchange_rate') }}
    end as amount_base,
    standing.expected_close_date
from standing
left join {{ ref('exchange_rate_span') }} as rates
    on standing.currency_code = rates.currency_code
    and standing.position_date >= rates.valid_from_date and standing.position_date < rates.valid_until_date
