{{ record_versions('opportunity') }}
