with record as (

{{ current_records('team_membership') }}

)

select
    record.record_id as team_membership_id,
    owner_match.record_id as owner_id,
    team_match.record_id as team_id,
    record.valid_from_date,
    record.valid_to_date,
    {{ presence_columns() }},
    {{ lineage_columns() }}
from record
{{ reference_join('owner', 'owner') }}
{{ reference_join('team', 'team') }}
