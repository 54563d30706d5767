{{ reference_matches('customer', 'customer_name', makes_stub=true) }}
