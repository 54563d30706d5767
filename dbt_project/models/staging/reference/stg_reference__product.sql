{{ reference_matches('product', 'product_name', makes_stub=true) }}
