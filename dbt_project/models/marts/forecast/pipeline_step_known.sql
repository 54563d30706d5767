{{ config(materialized=step()) }}
{# A deal's life as known now. While a deal is open its base amount is found at the dates that are compared, not carried from here. Before its first
   delivery a deal is known to be there, but not with what amount or close date (`is_reconstructed`). #}
with intervals as (

    select
        *,
        min(case when {{ in_list("'created'", 'started_by_codes') }} then valid_from_date end) over (partition by opportunity_id) as created_date
    from {{ ref('opportunity_interval') }}

)

select
    'as_known_now' as view_code,
    opportunity_id,
    cast(interval_number as bigint) as step_number,
    valid_from_date as from_date,
    status_code,
    is_reconstructed,
    owner_id,
    amount,
    currency_code,
    expected_close_date,
    case when status_code <> 'open' then amount_base end as amount_base,
    created_date,
    valid_from_date as closed_date,
    stage_set_code,
    stage_code
from intervals
