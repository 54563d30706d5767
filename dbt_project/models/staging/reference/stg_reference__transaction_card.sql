{{ reference_matches('transaction_card', '_record_key') }}
