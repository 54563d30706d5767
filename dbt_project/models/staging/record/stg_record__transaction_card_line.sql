{{ record_versions('transaction_card_line') }}
