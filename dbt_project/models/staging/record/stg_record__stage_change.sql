{{ record_versions('stage_change') }}
