{{ record_versions('opportunity_line') }}
