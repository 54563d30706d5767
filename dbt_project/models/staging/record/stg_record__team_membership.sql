select * from (
{{ record_versions('team_membership') }}
) as of_files
union all
{{ playbook_records('team_membership') }}
