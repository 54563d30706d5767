select * from (
{{ record_versions('exchange_rate') }}
) as of_files
union all
{{ playbook_records('exchange_rate') }}
