{{ record_versions('activity') }}
