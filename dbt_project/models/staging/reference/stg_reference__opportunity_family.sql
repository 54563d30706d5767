{# The product families on the lines of a deal. One row per deal and family. #}
select distinct opportunity_match.record_id as opportunity_id, product.family
from {{ ref('stg_record__opportunity_line') }} as line
{{ reference_join('opportunity', 'opportunity', 'line') }}
{{ reference_join('product', 'product', 'line') }}
inner join {{ ref('stg_record__product') }} as product
    on product_match.record_id = concat(product.source_system, ':', product._record_key)
    and product.is_current
where line.is_current
    and opportunity_match.record_id is not null
    and product.family is not null
