{{ config(materialized=step()) }}
{# The terms that each leg adds to the movement of its deal, for all open deals and for those due in the period. Within one instant the order is
   hand-over, close date, amount: a hand-over and a push move the last amount, and the change is of whoever holds the deal afterwards. #}
{%- set keys = 'view_code, period_kind_code, period_code, period_start_date, period_end_date, opportunity_id, scope_code, scope_key, population_code' -%}
{%- set due = "(population_code = 'all_open' or coalesce({} between period_start_date and period_end_date, false))" -%}
with populations as (

    select 'all_open' as population_code
    union all
    select 'due_in_period' as population_code

),

legs as (

    select
        legs.*,
        populations.population_code,
        {{ due.format('before_due_date') }} as is_before_due,
        {{ due.format('after_due_date') }} as is_after_due
    from {{ ref('pipeline_leg') }} as legs
    cross join populations

),

counted as (

    select
        *,
        case when not has_before and is_after and is_after_due then 1 else 0 end as entry_count,
        case when not has_after and is_before and is_before_due then 1 else 0 end as exit_count,
        case when has_before and has_after and is_before_due then cast(is_after as int) - cast(is_before as int) else 0 end as transferred_count,
        case when has_before and is_after and not is_discovery then cast(is_after_due as int) - cast(is_before_due as int) else 0 end as pulled_count,
        case when has_before and is_after and not is_discovery and is_after_due then 1 else 0 end as held_count,
        case when is_discovery and is_after and is_after_due then 1 else 0 end as told_count
    from legs
    where is_before_due or is_after_due

),

rollup as (

    select team_id, ancestor_team_id from {{ ref('dim_team_rollup') }}
    union all
    select distinct '-' as team_id, '-' as ancestor_team_id from {{ ref('dim_team_rollup') }}

),

exchanged as (

    select exchange.*, 'company' as scope_code, '-' as scope_key from {{ ref('pipeline_exchange') }} as exchange
    union all
    select exchange.*, 'owner' as scope_code, coalesce(exchange.owner_id, '-') as scope_key from {{ ref('pipeline_exchange') }} as exchange
    union all
    select exchange.*, 'team' as scope_code, rollup.ancestor_team_id as scope_key
    from {{ ref('pipeline_exchange') }} as exchange
    inner join rollup on coalesce(exchange.team_id, '-') = rollup.team_id

)

select
    {{ keys }},
    case when entry_count = 1 then entry_code end as entry_code,
    entry_count,
    entry_count * coalesce(after_amount, 0) as entry_amount,
    case when exit_count = 1 then exit_code end as exit_code,
    exit_count,
    exit_count * coalesce(before_amount, 0) as exit_amount,
    transferred_count,
    transferred_count * coalesce(before_amount, 0) as transferred_amount,
    pulled_count,
    pulled_count * coalesce(before_amount, 0) as pulled_amount,
    told_count * cast(not is_before_due as int) as discovered_count,
    told_count * coalesce(after_amount, 0) as discovered_amount,
    held_count * (coalesce(after_amount, 0) - coalesce(before_amount, 0)) as change_amount,
    cast(0 as decimal(18,2)) as exchange_amount,
    exit_count * won_amount_base as won_amount_base
from counted
union all
select
    {{ keys }},
    cast(null as string) as entry_code,
    0 as entry_count,
    0 as entry_amount,
    cast(null as string) as exit_code,
    0 as exit_count,
    0 as exit_amount,
    0 as transferred_count,
    0 as transferred_amount,
    0 as pulled_count,
    0 as pulled_amount,
    0 as discovered_count,
    0 as discovered_amount,
    0 as change_amount,
    exchange_amount,
    cast(null as decimal(18,2)) as won_amount_base
from exchanged
cross join populations
where {{ due.format('expected_close_date') }}
