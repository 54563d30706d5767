{# The figures of closed periods, as known now: what is kept of each night, so that a later one can say what it restated. #}
with falls as (

    select *
    from {{ ref('pipeline_waterfall') }}
    where
        view_code = 'as_known_now' and population_code = 'all_open' and is_complete
        and period_kind_code in ('month', 'fiscal_quarter')

),

slips as (

    select * from {{ ref('slippage') }}

),

supported as (

    {{ supported_measures(['slippage']) }}

)

select
    {{ scope_period_key('falls') }} as period_figure_id,
    {{ scope_period_columns('falls') }},
    falls.end_count,
    falls.end_amount_base,
    falls.created_count,
    falls.created_amount_base,
    falls.won_count,
    falls.won_final_amount_base as won_amount_base,
    falls.lost_count,
    falls.lost_amount_base,
    falls.vanished_count,
    falls.vanished_amount_base,
    case when supported.slippage then coalesce(slips.slipped_count, 0) end as slipped_count,
    case when supported.slippage then coalesce(slips.slipped_amount_base, cast(0 as decimal(18,2))) end as slipped_amount_base
from falls
cross join supported
left join slips on {{ same_scope_period('falls', 'slips') }}
