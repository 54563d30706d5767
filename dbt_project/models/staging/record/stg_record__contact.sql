{{ record_versions('contact') }}
