{# What is still open against what is still missing. Only deals due from tomorrow to the period's end count: those overdue or without a date
   stand beside. No target is not "met": a scope without one has no row. #}
with targets as (

    select * from {{ ref('scope_target') }}

),

wins as (

    select won.*, membership.team_id
    from (select owner_at_close_id as owner_id, closed_date, amount_base from {{ ref('fct_opportunity') }} where is_won) as won
    {{ team_on_day('won.owner_id', 'won.closed_date') }}

),

scoped_wins as (

    {{ scoped('wins') }}

),

won as (

    select
        targets.scope_code,
        targets.scope_id,
        targets.period_kind_code,
        targets.period_code,
        cast(count(wins.closed_date) as bigint) as won_count,
        {{ sum_money('wins.amount_base') }} as won_amount_base,
        {{ count_where('wins.closed_date is not null and wins.amount_base is null') }} as won_no_amount_base_count
    from targets
    left join scoped_wins as wins
        on targets.scope_code = wins.scope_code and targets.scope_id is not distinct from wins.scope_id
        and wins.closed_date >= targets.period_start_date and wins.closed_date <= targets.period_end_date
    group by targets.scope_code, targets.scope_id, targets.period_kind_code, targets.period_code

),

open_deals as (

    select * from {{ ref('open_deal') }}

),

deals as (

    {{ scoped('open_deals') }}

),

standing as (

    select
        targets.scope_code,
        targets.scope_id,
        targets.period_kind_code,
        targets.period_code,
        {%- for name, condition in [
            ('due', 'deals.expected_close_date > ' ~ as_of_date() ~ ' and deals.expected_close_date <= targets.period_end_date'),
            ('overdue', 'deals.expected_close_date <= ' ~ as_of_date()),
            ('undated', 'deals.opportunity_id is not null and deals.expected_close_date is null')
        ] %}
        {{ count_where(condition) }} as {{ name }}_count,
        {{ sum_money('case when ' ~ condition ~ ' then deals.amount_base end') }} as {{ name }}_amount_base,
        {{ count_where(condition ~ ' and deals.amount_base is null') }} as {{ name }}_no_amount_base_count{{ ',' if not loop.last }}
        {%- endfor %}
    from targets
    left join deals on targets.scope_code = deals.scope_code and targets.scope_id is not distinct from deals.scope_id
    group by targets.scope_code, targets.scope_id, targets.period_kind_code, targets.period_code

),

measured as (

    select
        targets.*,
        won.won_count,
        won.won_amount_base,
        won.won_no_amount_base_count,
        standing.due_count,
        standing.due_amount_base,
        standing.due_no_amount_base_count,
        standing.overdue_count,
        standing.overdue_amount_base,
        standing.overdue_no_amount_base_count,
        standing.undated_count,
        standing.undated_amount_base,
        standing.undated_no_amount_base_count,
        {# greatest() passes over a NULL: without a target of money nothing would remain, and it would be met #}
        case
            when targets.target_amount_base is not null
                then cast(greatest(targets.target_amount_base - won.won_amount_base, 0) as decimal(18,2))
        end as remaining_amount_base
    from targets
    inner join won on {{ same_scope_period('targets', 'won') }}
    inner join standing on {{ same_scope_period('targets', 'standing') }}

)

select
    {{ scope_period_key('measured') }} as coverage_id,
    {{ scope_period_columns('measured') }},
    period_end_date <= {{ as_of_date() }} as is_complete,
    target_source_code,
    target_amount_base,
    target_count,
    won_amount_base,
    won_count,
    won_no_amount_base_count,
    remaining_amount_base,
    cast(target_amount_base - won_amount_base as decimal(18,2)) as gap_amount_base,
    cast(target_count - won_count as decimal(18,2)) as count_gap,
    {{ rate('won_amount_base', 'target_amount_base') }} as attainment_ratio,
    due_count,
    due_amount_base,
    due_no_amount_base_count,
    overdue_count,
    overdue_amount_base,
    overdue_no_amount_base_count,
    undated_count,
    undated_amount_base,
    undated_no_amount_base_count,
    {{ rate('due_amount_base', 'remaining_amount_base') }} as coverage_of_remaining_ratio,
    {{ rate('due_amount_base', 'target_amount_base') }} as coverage_of_target_ratio,
    coalesce(remaining_amount_base = 0, won_count >= target_count) as is_met
from measured
