with record as (

{{ current_records('opportunity_competitor') }}

)

select
    record.record_id as opportunity_competitor_id,
    opportunity_match.record_id as opportunity_id,
    record.competitor_name,
    record.is_winner,
    {{ presence_columns() }},
    {{ lineage_columns() }}
from record
{{ reference_join('opportunity', 'opportunity') }}
