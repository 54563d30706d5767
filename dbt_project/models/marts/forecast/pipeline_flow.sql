{# What each deal adds to the terms of the waterfall in each window, for all open deals and for those due in the period, by who held it: net of what
   cancels with one holder. An owner's, a team's and the company's terms are sums of these (a hand-over within a team comes and goes there), and
   are made where they are read: kept for every scope they were five times the rows. Within one instant the order is hand-over, close date, amount:
   a hand-over and a push move the last amount, and the change is of whoever holds the deal afterwards. #}
{%- set keys = ['view_code', 'population_code', 'period_start_date', 'period_end_date', 'opportunity_id', 'owner_key', 'team_key'] -%}
{%- set counts = ['entry', 'exit', 'transferred', 'pulled', 'discovered'] -%}
{%- set amounts = counts + ['change', 'exchange'] -%}
with legs as (

    select
        *,
        coalesce(before_due_date between period_start_date and period_end_date, false) as is_before_within,
        coalesce(after_due_date between period_start_date and period_end_date, false) as is_after_within
    from {{ ref('pipeline_leg') }}

),

populated as (

    select legs.*, 'all_open' as population_code, true as is_before_due, true as is_after_due
    from legs
    union all
    select legs.*, 'due_in_period' as population_code, is_before_within as is_before_due, is_after_within as is_after_due
    from legs
    where is_before_within or is_after_within

),

exchanged as (

    select exchange.*, 'all_open' as population_code
    from {{ ref('pipeline_exchange') }} as exchange
    union all
    select exchange.*, 'due_in_period' as population_code
    from {{ ref('pipeline_exchange') }} as exchange
    where exchange.expected_close_date between exchange.period_start_date and exchange.period_end_date

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
    from populated

),

flows as (

    select
        {{ keys | join(', ') }},
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
        view_code,
        population_code,
        period_start_date,
        period_end_date,
        opportunity_id,
        coalesce(owner_id, '-') as owner_key,
        coalesce(team_id, '-') as team_key,
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

),

netted as (

    select
        {{ keys | join(', ') }},
        max(entry_code) as entry_code,
        max(exit_code) as exit_code,
        {%- for name in counts %}
        cast(sum({{ name }}_count) as bigint) as {{ name }}_count_change,
        {%- endfor %}
        {%- for name in amounts %}
        {{ sum_money(name ~ '_amount') }} as {{ name }}_amount,
        {%- endfor %}
        max(won_amount_base) as won_amount_base
    from flows
    group by {{ keys | join(', ') }}

),

{# in all its life; most deals have one: their terms need no summing #}
sole as (

    select view_code, opportunity_id
    from {{ ref('pipeline_span') }}
    group by view_code, opportunity_id
    having
        min(coalesce(owner_id, '-')) = max(coalesce(owner_id, '-'))
        and min(coalesce(team_id, '-')) = max(coalesce(team_id, '-'))

)

select
    concat(
        netted.view_code, ':', netted.population_code, ':', cast(netted.period_start_date as string), ':', cast(netted.period_end_date as string), ':',
        netted.opportunity_id, ':', netted.owner_key, ':', netted.team_key
    ) as pipeline_flow_id,
    {{ as_of_date() }} as as_of_date,
    netted.{{ keys | join(',\n    netted.') }},
    sole.opportunity_id is not null as has_one_holder,
    netted.entry_code,
    netted.exit_code,
    {%- for name in counts %}
    netted.{{ name }}_count_change,
    {%- endfor %}
    {%- for name in amounts %}
    netted.{{ name }}_amount,
    {%- endfor %}
    cast(netted.won_amount_base as decimal(18,2)) as won_amount_base
from netted
left join sole on netted.view_code = sole.view_code and netted.opportunity_id = sole.opportunity_id
where
    netted.entry_code is not null or netted.exit_code is not null
    {%- for name in counts[2:] %}
    or netted.{{ name }}_count_change <> 0
    {%- endfor %}
    {%- for name in amounts[2:] %}
    or netted.{{ name }}_amount <> 0
    {%- endfor %}
