-- Exchange is what remains of a movement: of a deal in the company's own currency nothing remains. Returns the deals of which something does.
select pipeline_position_id, period_kind_code, period_code, exchange_amount
from {{ ref('pipeline_exchange') }}
where currency_code = '{{ var("base_currency") }}' and view_code <> 'as_published'
