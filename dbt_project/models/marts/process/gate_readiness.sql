{# The next move of an open deal, judged as if it were made today, so that a rep sees what is missing before the move. #}
with deals as (

    select * from {{ ref('fct_opportunity') }} where is_open

),

exits as (

    select
        open_visits.stage_visit_id as gate_id,
        open_visits.stage_visit_id,
        {{ as_of_date() }} as judged_date,
        cast(null as string) as skipped_stage_codes,
        deals.owner_id
    from {{ ref('fct_stage_visit') }} as open_visits
    inner join deals on open_visits.opportunity_id = deals.opportunity_id
    where open_visits.ended_by_code = 'open'

),

{{ gate_requirements() }}

select
    concat(gate_id, ':', coalesce(task_code, stage_task_id)) as gate_readiness_id,
    {{ as_of_date() }} as as_of_date,
    opportunity_id,
    stage_visit_id,
    owner_id,
    stage_set_code,
    stage_code,
    stage_task_id,
    task_code,
    activity_type_code,
    required_texts,
    required_count,
    strict_count as done_count,
    lenient_count as possibly_done_count,
    latest_strict_count as latest_done_count,
    {%- for lack in lacks() %}
    {{ lack }}_count,
    {%- endfor %}
    greatest(required_count - strict_count, cast(0 as bigint)) as missing_count,
    strict_count >= required_count and is_known as is_ready,
    {{ missing_codes() }} as missing_codes
from filled
