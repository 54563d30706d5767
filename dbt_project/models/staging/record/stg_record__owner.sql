{{ record_versions('owner') }}
