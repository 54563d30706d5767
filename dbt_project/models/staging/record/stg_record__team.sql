select * from (
{{ record_versions('team') }}
) as of_files
union all
{{ playbook_records('team') }}
