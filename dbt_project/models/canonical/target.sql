with record as (

{{ current_records('target') }}

)

select
    record.record_id as target_id,
    record.period_start_date,
    record.period_end_date,
    owner_match.record_id as owner_id,
    team_match.record_id as team_id,
    {{ code_value('measure') }} as measure_code,
    record.target_amount,
    record.target_count,
    {{ presence_columns() }},
    {{ lineage_columns() }}
from record
{{ reference_join('owner', 'owner') }}
{{ reference_join('team', 'team') }}
{{ code_join('measure') }}
