{{ record_versions('lead') }}
