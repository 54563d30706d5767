select * from (
{{ record_versions('product') }}
) as of_files
union all
{{ playbook_records('product') }}
