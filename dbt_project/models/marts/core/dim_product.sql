select
    product_id,
    product_name,
    family_code,
    list_price_amount,
    cost_amount,
    currency_code,
    is_stub,
    is_vanished,
    source_system
from {{ ref('product') }}
