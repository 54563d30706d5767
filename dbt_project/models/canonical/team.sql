with record as (

{{ current_records('team') }}

)

select
    record.record_id as team_id,
    record.team_name,
    parent_team_match.record_id as parent_team_id,
    manager_owner_match.record_id as manager_owner_id,
    {{ code_value('region') }} as region_code,
    {{ presence_columns() }},
    {{ lineage_columns() }}
from record
{{ reference_join('parent_team', 'team') }}
{{ reference_join('manager_owner', 'owner') }}
{{ code_join('region') }}
