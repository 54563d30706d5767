{# Many measures of each owner and team, each beside the median of the team's owners and of the company's: no total, no rank. Only current
   members stand in the median of a team. #}
{%- set measures = {
    'win_rate': ('win_rate', 'closed_count'), 'won_amount_base': ('won_amount_base', 'won_count'), 'created_count': ('created_count', 'created_count'),
    'forward_move_count': ('forward_move_count', 'forward_move_count'), 'activity_count': ('activity_count', 'activity_count'),
    'visit_count': ('visit_count', 'visit_count'), 'account_coverage_rate': ('account_coverage_rate', 'account_count'),
    'passed_gate_rate': ('passed_gate_rate', 'gate_count'), 'evidenced_won_rate': ('evidenced_won_rate', 'judged_won_count'),
    'slipped_rate': ('slipped_rate', 'due_count'), 'attainment_ratio': ('attainment_ratio', 'won_count'),
    'open_amount_base': ('open_amount_base', 'open_count')
} -%}
with performance as (

    select
        performance.*,
        memberships.team_id
    from {{ ref('team_performance') }} as performance
    left join {{ ref('dim_team_membership') }} as memberships
        on case when performance.scope_code = 'owner' then performance.scope_id end = memberships.owner_id and memberships.is_current
    where performance.scope_code in ('owner', 'team') and performance.scope_id is not null and performance.period_kind_code <> 'week'

),

listed as (

    {% for code, (value, count) in measures.items() -%}
    select
        scope_code,
        scope_id,
        team_id,
        period_kind_code,
        period_code,
        period_start_date,
        period_end_date,
        '{{ code }}' as measure_code,
        cast({{ value }} as double) as measure_value,
        {{ count }} as n_count
    from performance
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

company as (

    select
        scope_code,
        period_kind_code,
        period_code,
        measure_code,
        {{ percentile(0.5, 'measure_value') }} as median_value,
        count(measure_value) as peer_count
    from listed
    group by scope_code, period_kind_code, period_code, measure_code

),

team as (

    select
        team_id,
        period_kind_code,
        period_code,
        measure_code,
        {{ percentile(0.5, 'measure_value') }} as median_value,
        count(measure_value) as peer_count
    from listed
    where scope_code = 'owner' and team_id is not null
    group by team_id, period_kind_code, period_code, measure_code

)

select
    concat({{ scope_period_key('listed') }}, ':', listed.measure_code) as scorecard_id,
    {{ scope_period_columns('listed') }},
    listed.measure_code,
    cast(listed.measure_value as decimal(24,9)) as measure_value,
    cast(listed.n_count as bigint) as n_count,
    listed.team_id,
    cast(team.median_value as decimal(24,9)) as team_median_value,
    cast(coalesce(team.peer_count, 0) as bigint) as team_owner_count,
    cast(company.median_value as decimal(24,9)) as company_median_value,
    cast(company.peer_count as bigint) as company_peer_count
from listed
inner join company
    on listed.scope_code = company.scope_code and listed.period_kind_code = company.period_kind_code and listed.period_code = company.period_code
    and listed.measure_code = company.measure_code
left join team
    on case when listed.scope_code = 'owner' then listed.team_id end = team.team_id and listed.period_kind_code = team.period_kind_code
    and listed.period_code = team.period_code and listed.measure_code = team.measure_code
where listed.measure_value is not null or listed.n_count > 0
