{{ config(materialized=step()) }}
{# Kaplan-Meier over time in a stage: the share still there after so many days, and the share that has advanced by then while losses and moves
   back compete (Aalen-Johansen). Rows are grouped by event time first, so the curve needs windows alone. At an instant those leave who are at
   risk until then, and those join who are at risk from then on, after it. #}
{%- set by_curve = 'scope_code, scope_id, period_kind_code, period_code, span_code, stage_set_code, stage_code' -%}
{%- set by_holder = 'owner_id, team_id, period_kind_code, period_code, span_code, stage_set_code, stage_code' -%}
{%- set for_all_scopes = "('all', 'trailing_365_days', 'fiscal_year')" -%}
{%- set before = 'over (partition by ' ~ by_curve ~ ' order by at_days rows between unbounded preceding and 1 preceding)' -%}
{%- set until = 'over (partition by ' ~ by_curve ~ ' order by at_days rows between unbounded preceding and current row)' -%}
with spans as (

    select
        spans.*,
        membership.team_id
    from {{ ref('stage_span') }} as spans
    {{ team_on_day('spans.owner_id', 'spans.piece_date') }}
    where not spans.is_start_unknown and not spans.is_out_of_sight

),

{# whose a piece was is told apart only in the periods that have curves of owners and teams #}
pieces as (

    select
        spans.span_code,
        spans.stage_set_code,
        spans.stage_code,
        spans.from_days,
        spans.until_days,
        spans.end_code,
        coalesce(periods.period_kind_code, 'all') as period_kind_code,
        coalesce(periods.period_code, 'all') as period_code,
        case when coalesce(periods.period_kind_code, 'all') in {{ for_all_scopes }} then spans.owner_id end as owner_id,
        case when coalesce(periods.period_kind_code, 'all') in {{ for_all_scopes }} then spans.team_id end as team_id
    from spans
    left join {{ ref('dim_period_day') }} as periods on spans.cohort_date = periods.date_day and periods.period_kind_code <> 'week'

),

{# counted by holder before they are told to the scopes: a third of the rows #}
instants as (

    select
        {{ by_holder }},
        until_days as at_days,
        count(*) as leaving_count,
        sum(case when end_code in ('advanced', 'moved_back', 'lost') then 1 else 0 end) as ended_count,
        sum(case when end_code = 'advanced' then 1 else 0 end) as advanced_count,
        sum(case when from_days is null then 1 else 0 end) as from_start_count,
        0 as joining_count
    from pieces
    group by {{ by_holder }}, until_days
    union all
    select
        {{ by_holder }},
        from_days as at_days,
        0 as leaving_count,
        0 as ended_count,
        0 as advanced_count,
        0 as from_start_count,
        count(*) as joining_count
    from pieces
    where from_days is not null
    group by {{ by_holder }}, from_days

),

scopes as (

    {{ scoped('instants') }}

),

kept as (

    select * from scopes
    where scope_code = 'company' or period_kind_code in {{ for_all_scopes }}

),

{# one row per instant; who was there from the very beginning joins before the first #}
grouped as (

    select
        {{ by_curve }},
        at_days,
        sum(leaving_count) as leaving_count,
        sum(ended_count) as ended_count,
        sum(advanced_count) as advanced_count,
        sum(joining_count) as joining_count,
        sum(sum(from_start_count)) over (partition by {{ by_curve }}) as from_start_count
    from kept
    group by {{ by_curve }}, at_days

),

at_risk as (

    select
        *,
        cast(from_start_count + coalesce(sum(joining_count - leaving_count) {{ before }}, 0) as double) as at_risk_count
    from grouped

),

{# the product of the shares that stay, as a sum of logarithms; once all who were at risk have left it is zero for good #}
stepped as (

    select
        *,
        case when ended_count > 0 and ended_count < at_risk_count then ln(1 - ended_count / at_risk_count) else 0 end as log_stay,
        case when ended_count > 0 and ended_count >= at_risk_count then 1 else 0 end as is_emptied,
        case when advanced_count > 0 then advanced_count / at_risk_count else 0 end as advance_share
    from at_risk

),

survived as (

    select
        *,
        case when max(is_emptied) {{ until }} = 1 then 0e0 else exp(sum(log_stay) {{ until }}) end as stay_share,
        case when coalesce(max(is_emptied) {{ before }}, 0) = 1 then 0e0 else exp(coalesce(sum(log_stay) {{ before }}, 0)) end as stay_before_share
    from stepped

)

select
    {{ by_curve }},
    at_days,
    ended_count,
    cast(stay_share as decimal(18,9)) as stay_share,
    cast(sum(stay_before_share * advance_share) {{ until }} as decimal(18,9)) as advanced_share
from survived
