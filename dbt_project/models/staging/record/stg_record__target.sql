select * from (
{{ record_versions('target') }}
) as of_files
union all
{{ playbook_records('target') }}
