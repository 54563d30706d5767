{{ record_versions('customer') }}
