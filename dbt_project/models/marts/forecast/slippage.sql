{%- set outcomes = ['won', 'lost', 'closed_unknown', 'vanished', 'pushed', 'lapsed', 'pending'] -%}
with deals as (

    select * from {{ ref('fct_slippage') }}

),

due as (

    {{ scoped('deals') }}

),

{# pushes made in the period, by whoever held the deal then, whether it was due in it or not #}
pushed as (

    select
        spans.owner_id,
        spans.team_id,
        windows.period_kind_code,
        windows.period_code,
        windows.period_start_date
    from {{ ref('pipeline_span') }} as spans
    inner join {{ ref('pipeline_window') }} as windows
        on spans.view_code = windows.view_code
        and spans.from_date >= windows.period_start_date and spans.from_date <= windows.closing_date
    where
        spans.view_code = 'as_known_now' and spans.status_code = 'open' and windows.period_kind_code in ('month', 'fiscal_quarter')
        and spans.expected_close_date > spans.last_open_expected_close_date

),

pushes as (

    {{ scoped('pushed') }}

),

known as (

    select scope_code, scope_id, period_start_date as first_date from due
    union all
    select scope_code, scope_id, period_start_date as first_date from pushes

),

grid as (

    select cells.*
    from ({{ scope_periods('known') }}) as cells
    where cells.period_kind_code in ('month', 'fiscal_quarter')

),

counted as (

    select
        scope_code,
        scope_id,
        period_kind_code,
        period_code,
        cast(count(*) as bigint) as due_count,
        {{ sum_money('amount_base') }} as due_amount_base,
        {{ count_where('amount_base is null') }} as no_amount_base_count,
        {%- for code in outcomes %}
        {{ count_where("outcome_code = '" ~ code ~ "'") }} as {{ code }}_count,
        {{ sum_money("case when outcome_code = '" ~ code ~ "' then amount_base end") }} as {{ code }}_amount_base{{ ',' if not loop.last }}
        {%- endfor %}
    from due
    group by scope_code, scope_id, period_kind_code, period_code

),

push_counts as (

    select scope_code, scope_id, period_kind_code, period_code, cast(count(*) as bigint) as push_count
    from pushes
    group by scope_code, scope_id, period_kind_code, period_code

),

joined as (

    select
        grid.*,
        coalesce(counted.due_count, 0) as due_count,
        coalesce(counted.due_amount_base, cast(0 as decimal(18,2))) as due_amount_base,
        coalesce(counted.no_amount_base_count, 0) as no_amount_base_count,
        {%- for code in outcomes %}
        coalesce(counted.{{ code }}_count, 0) as {{ code }}_count,
        coalesce(counted.{{ code }}_amount_base, cast(0 as decimal(18,2))) as {{ code }}_amount_base,
        {%- endfor %}
        coalesce(counted.pushed_count, 0) + coalesce(counted.lapsed_count, 0) as slipped_count,
        coalesce(push_counts.push_count, 0) as push_count
    from grid
    left join counted on {{ same_scope_period('grid', 'counted') }}
    left join push_counts on {{ same_scope_period('grid', 'push_counts') }}

),

supported as (

    {{ supported_measures(['slippage']) }}

)

select
    {{ scope_period_key('joined') }} as slippage_id,
    {{ scope_period_columns('joined') }},
    period_end_date <= {{ as_of_date() }} as is_complete,
    due_count,
    due_amount_base,
    no_amount_base_count,
    {%- for code in outcomes %}
    {{ code }}_count,
    {{ code }}_amount_base,
    {%- endfor %}
    slipped_count,
    cast(pushed_amount_base + lapsed_amount_base as decimal(18,2)) as slipped_amount_base,
    due_count < {{ var('minimum_rate_count') }} as is_withheld,
    {{ withheld_rate('slipped_count', 'due_count') }} as slipped_rate,
    {{ withheld_wilson('slipped_count', 'due_count', '-') }} as slipped_rate_low,
    {{ withheld_wilson('slipped_count', 'due_count', '+') }} as slipped_rate_high,
    push_count
from joined
inner join supported on supported.slippage
