select
    record.calendar_date,
    coalesce(record.is_working_day, false) as is_working_day,
    record.day_name,
    {{ lineage_columns() }}
from {{ ref('stg_record__working_calendar') }} as record
where record.calendar_date is not null
