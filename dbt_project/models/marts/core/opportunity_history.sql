with versions as (

    select * from {{ ref('opportunity_version') }}

)

select
    opportunity_version_id,
    opportunity_id,
    version_number,
    valid_from_at,
    valid_from_date,
    valid_to_at,
    valid_to_date,
    started_by_code,
    ended_by_code,
    is_current,
    opportunity_name,
    customer_id,
    owner_id,
    own_stage_set_code as stage_set_code,
    own_stage_code as stage_code,
    source_stage_name,
    amount,
    currency_code,
    source_probability_rate,
    forecast_category_code,
    created_date,
    expected_close_date,
    closed_at,
    closed_date,
    own_is_closed as is_closed,
    own_is_won as is_won,
    own_is_lost as is_lost,
    is_deleted,
    loss_reason_code,
    modified_at,
    modified_by_owner_id,
    source_system,
    _delivery_id,
    _delivered_at,
    _source_file,
    _sheet,
    _row_number
from versions
