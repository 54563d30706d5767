{{ record_versions('opportunity_competitor') }}
