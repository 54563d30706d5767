{{ record_versions('transaction_card') }}
