{# What each owner, each team with those below it, and the company did in each period, side by side: results by the owner on the day, activities
   by who did them, accounts by who looks after them now. Every figure is another table's; none of them is added up to one. #}
{%- set parts = {'won': 'win_rate', 'made': 'created_in_period', 'slips': 'slippage', 'aims': 'coverage'} -%}
with activities as (

    select
        activity.owner_id,
        activity.team_id,
        activity.customer_id,
        activity.activity_type_code,
        periods.period_kind_code,
        periods.period_code
    from {{ ref('fct_activity') }} as activity
    inner join {{ ref('dim_period_day') }} as periods on activity.occurred_date = periods.date_day
    where activity.is_done and not activity.is_vanished

),

done as (

    select
        scope_code, scope_id, period_kind_code, period_code,
        {%- for kind in ['visit', 'call', 'email', 'meeting'] %}
        {{ count_where("activity_type_code = '" ~ kind ~ "'") }} as {{ kind }}_count,
        {%- endfor %}
        cast(count(*) as bigint) as activity_count,
        cast(count(distinct customer_id) as bigint) as touched_customer_count
    from ({{ scoped('activities') }}) as scoped_activities
    group by scope_code, scope_id, period_kind_code, period_code

),

moves as (

    select moves.owner_id, membership.team_id, moves.move_code, periods.period_kind_code, periods.period_code
    from {{ ref('fct_stage_move') }} as moves
    inner join {{ ref('dim_period_day') }} as periods on moves.moved_date = periods.date_day
    {{ team_on_day('moves.owner_id', 'moves.moved_date') }}
    where moves.move_code in ('forward', 'won', 'backward')

),

moved as (

    select
        scope_code, scope_id, period_kind_code, period_code,
        {{ count_where("move_code in ('forward', 'won')") }} as forward_move_count,
        {{ count_where("move_code = 'backward'") }} as backward_move_count
    from ({{ scoped('moves') }}) as scoped_moves
    group by scope_code, scope_id, period_kind_code, period_code

),

accounts as (

    select * from {{ ref('account_owner') }}

),

kept_accounts as (

    select scope_code, scope_id, cast(count(*) as bigint) as account_count
    from ({{ scoped('accounts') }}) as scoped_accounts
    group by scope_code, scope_id

),

touched_accounts as (

    select accounts.*, touched.period_kind_code, touched.period_code
    from accounts
    inner join (select distinct customer_id, period_kind_code, period_code from activities) as touched on accounts.customer_id = touched.customer_id

),

covered as (

    select scope_code, scope_id, period_kind_code, period_code, cast(count(*) as bigint) as touched_account_count
    from ({{ scoped('touched_accounts') }}) as scoped_touched
    group by scope_code, scope_id, period_kind_code, period_code

),

gates as (

    select
        scope_code, scope_id, period_kind_code, period_code,
        applicable_count as gate_count, passed_strict_count as passed_gate_count
    from {{ ref('process_execution') }}
    where stage_set_code = 'all' and from_stage_code = 'all'

),

evidenced as (

    select
        scope_code, scope_id, period_kind_code, period_code,
        claimed_count as claimed_won_count, judged_count as judged_won_count, evidenced_count as evidenced_won_count
    from {{ ref('claimed_evidenced') }}
    where measure_code = 'won'

),

standing as (

    select
        scope_code, scope_id,
        cast(sum(open_count) as bigint) as open_count,
        {{ sum_money('amount_base') }} as open_amount_base,
        {{ sum_money('declared_weighted_amount_base') }} as weighted_amount_base
    from {{ ref('weighted_pipeline') }}
    group by scope_code, scope_id

),

{# every scope and period of which some table has a word #}
grid as (

    {% for relation in ['done', 'moved', 'covered', 'gates', 'evidenced'] -%}
    select scope_code, scope_id, period_kind_code, period_code from {{ relation }}
    union
    {% endfor -%}
    {% for relation in parts.values() -%}
    select scope_code, scope_id, period_kind_code, period_code from {{ ref(relation) }}
    {{ 'union' if not loop.last }}
    {% endfor %}

),

dated as (

    select grid.*, periods.period_start_date, periods.period_end_date
    from grid
    inner join {{ ref('dim_period') }} as periods
        on grid.period_kind_code = periods.period_kind_code and grid.period_code = periods.period_code

),

supported as (

    {{ supported_measures([
        'team_vanished', 'team_won_amount', 'team_margin', 'team_created', 'team_created_amount',
        'team_moves', 'team_activities', 'team_gates', 'team_evidenced', 'team_slippage', 'team_pipeline'
    ]) }}

)

select
    {{ scope_period_key('dated') }} as team_performance_id,
    {{ scope_period_columns('dated') }},
    coalesce(won.won_count, 0) as won_count,
    coalesce(won.lost_count, 0) as lost_count,
    case when supported.team_vanished then coalesce(won.vanished_count, 0) end as vanished_count,
    coalesce(won.closed_count, 0) as closed_count,
    won.win_rate,
    won.win_rate_low,
    won.win_rate_high,
    won.win_including_vanished_rate,
    case when supported.team_won_amount then coalesce(won.won_amount_base, cast(0 as decimal(18,2))) end as won_amount_base,
    case when supported.team_margin then won.won_margin_base end as won_margin_base,
    case when supported.team_created then coalesce(made.created_count, 0) end as created_count,
    case when supported.team_created_amount then coalesce(made.created_amount_base, cast(0 as decimal(18,2))) end as created_amount_base,
    case when supported.team_moves then coalesce(moved.forward_move_count, 0) end as forward_move_count,
    case when supported.team_moves then coalesce(moved.backward_move_count, 0) end as backward_move_count,
    case when supported.team_activities then coalesce(done.activity_count, 0) end as activity_count,
    {%- for kind in ['visit', 'call', 'email', 'meeting'] %}
    case when supported.team_activities then coalesce(done.{{ kind }}_count, 0) end as {{ kind }}_count,
    {%- endfor %}
    case when supported.team_activities then coalesce(done.touched_customer_count, 0) end as touched_customer_count,
    coalesce(kept_accounts.account_count, 0) as account_count,
    case when supported.team_activities then coalesce(covered.touched_account_count, 0) end as touched_account_count,
    {{ withheld_rate('coalesce(covered.touched_account_count, 0)', 'coalesce(kept_accounts.account_count, 0)') }} as account_coverage_rate,
    coalesce(gates.gate_count, 0) as gate_count,
    case when supported.team_gates then coalesce(gates.passed_gate_count, 0) end as passed_gate_count,
    {{ withheld_rate('gates.passed_gate_count', 'gates.gate_count') }} as passed_gate_rate,
    coalesce(evidenced.claimed_won_count, 0) as claimed_won_count,
    coalesce(evidenced.judged_won_count, 0) as judged_won_count,
    case when supported.team_evidenced then evidenced.evidenced_won_count end as evidenced_won_count,
    {{ withheld_rate('evidenced.evidenced_won_count', 'evidenced.judged_won_count') }} as evidenced_won_rate,
    case when supported.team_slippage then coalesce(slips.due_count, 0) end as due_count,
    case when supported.team_slippage then coalesce(slips.pushed_count, 0) end as pushed_count,
    case when supported.team_slippage then coalesce(slips.lapsed_count, 0) end as lapsed_count,
    slips.slipped_rate,
    aims.target_amount_base,
    aims.gap_amount_base,
    aims.attainment_ratio,
    coalesce(standing.open_count, 0) as open_count,
    case when supported.team_pipeline then coalesce(standing.open_amount_base, cast(0 as decimal(18,2))) end as open_amount_base,
    case when supported.team_pipeline then coalesce(standing.weighted_amount_base, cast(0 as decimal(18,2))) end as weighted_amount_base
from dated
cross join supported
{%- for name, relation in parts.items() %}
left join {{ ref(relation) }} as {{ name }} on {{ same_scope_period('dated', name) }}
{%- endfor %}
{%- for relation in ['done', 'moved', 'covered', 'gates', 'evidenced'] %}
left join {{ relation }} on {{ same_scope_period('dated', relation) }}
{%- endfor %}
{%- for relation in ['kept_accounts', 'standing'] %}
left join {{ relation }} on dated.scope_code = {{ relation }}.scope_code and dated.scope_id is not distinct from {{ relation }}.scope_id
{%- endfor %}
