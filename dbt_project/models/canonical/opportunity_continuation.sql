select
    concat(source_system, ':', _record_key) as opportunity_continuation_id,
    source_system,
    _record_key as source_record_id,
    opportunity_id,
    part_number,
    from_at as tells_from_at,
    from_date as tells_from_date,
    until_at as tells_until_at,
    until_date as tells_until_date
from {{ ref('stg_opportunity__continuation') }}
