{# What became of the deals created in a period. A cohort's deal belongs to its first known owner, whoever closes it. #}
{%- set follow_ups = [30, 90, 180] -%}
{%- set counters = {
    'created': 'true',
    'won': "outcome_code = 'won'",
    'lost': "outcome_code = 'lost' and counts_as_loss",
    'lost_not_counted': "outcome_code = 'lost' and not counts_as_loss",
    'still_open': "outcome_code = 'open'",
    'vanished': "outcome_code not in ('won', 'lost', 'open')",
    'undated': 'created_date is null',
    'no_amount_base': 'amount_base is null'
} -%}
{%- for days in follow_ups %}
    {%- do counters.update({
        'followed_' ~ days ~ '_days': "followed_days >= " ~ days,
        'won_within_' ~ days ~ '_days': "followed_days >= " ~ days ~ " and outcome_code = 'won' and won_days between 0 and " ~ days
    }) %}
{%- endfor -%}
{%- set sums = {'created': 'true', 'won': "outcome_code = 'won'", 'lost': "outcome_code = 'lost' and counts_as_loss"} -%}
with deals as (

    select
        deals.status_code as outcome_code,
        deals.counts_as_loss,
        deals.amount_base,
        deals.created_date,
        versions.owner_id,
        membership.team_id,
        {{ days_between('deals.created_date', as_of_date()) }} as followed_days,
        {{ days_between('deals.created_date', 'deals.closed_date') }} as won_days
    from {{ ref('fct_opportunity') }} as deals
    left join {{ ref('opportunity_version') }} as versions
        on deals.opportunity_id = versions.opportunity_id and versions.version_number = 1
    {{ team_on_day('versions.owner_id', 'deals.created_date') }}
    where deals.is_counted

),

counted as (

    select
        deals.owner_id,
        deals.team_id,
        coalesce(periods.period_kind_code, 'all') as period_kind_code,
        coalesce(periods.period_code, 'all') as period_code,
        min(deals.created_date) as first_date,
        {% for name, condition in sums.items() -%}
        {{ sum_money('case when ' ~ condition ~ ' then amount_base end') }} as {{ name }}_amount_base,
        {% endfor -%}
        {% for name, condition in counters.items() -%}
        {{ count_where(condition) }} as {{ name }}_count{{ ',' if not loop.last }}
        {% endfor %}
    from deals
    left join {{ ref('dim_period_day') }} as periods on deals.created_date = periods.date_day
    group by 1, 2, 3, 4

),

by_scope as (

    {{ scoped('counted') }}

),

summed as (

    select
        scope_code,
        scope_id,
        period_kind_code,
        period_code,
        min(first_date) as first_date,
        {% for name in sums -%}
        cast(sum({{ name }}_amount_base) as decimal(18,2)) as {{ name }}_amount_base,
        {% endfor -%}
        {% for name in counters -%}
        cast(sum({{ name }}_count) as bigint) as {{ name }}_count{{ ',' if not loop.last }}
        {% endfor %}
    from by_scope
    group by 1, 2, 3, 4

),

grid as (

    {{ scope_periods('summed') }}

),

filled as (

    select
        grid.*,
        {% for days in follow_ups -%}
        {{ is_followed('grid', days) }} as is_followed_{{ days }}_days,
        {% endfor -%}
        {% for name in sums -%}
        coalesce(summed.{{ name }}_amount_base, cast(0 as decimal(18,2))) as {{ name }}_amount_base,
        {% endfor -%}
        {% for name in counters -%}
        coalesce(summed.{{ name }}_count, 0) as {{ name }}_count,
        {% endfor -%}
        coalesce(summed.won_count, 0) + coalesce(summed.lost_count, 0) as closed_count
    from grid
    left join summed on {{ same_scope_period('grid', 'summed') }}

),

supported as (

    {{ supported_measures(['created_cohort_vanished', 'conversion_amount', 'cohort_won_amount', 'cohort_lost_amount', 'cohort_win_amount_rate']) }}

)

select
    {{ scope_period_key('filled') }} as conversion_rate_id,
    {{ scope_period_columns('filled') }},
    created_count,
    won_count,
    lost_count,
    lost_not_counted_count,
    still_open_count,
    case when supported.created_cohort_vanished then vanished_count end as vanished_count,
    undated_count,
    {{ too_few('created_count') }} as is_withheld,
    still_open_count > 0 and not coalesce({{ date_add_days('period_end_date', 180) }} <= {{ as_of_date() }}, false) as is_immature,
    {{ rate_columns('conversion', 'won_count', 'created_count') }},
    {{ rate_columns('still_open', 'still_open_count', 'created_count') }},
    closed_count,
    {{ too_few('closed_count') }} as is_win_withheld,
    {{ rate_columns('win', 'won_count', 'closed_count') }},
    {% for days in follow_ups -%}
    {%- set followed = 'followed_' ~ days ~ '_days' -%}
    {%- set won = 'won_within_' ~ days ~ '_days' -%}
    case when is_{{ followed }} then {{ followed }}_count end as {{ followed }}_count,
    case when is_{{ followed }} then {{ won }}_count end as {{ won }}_count,
    {{ rate_columns(won, won ~ '_count', 'case when is_' ~ followed ~ ' then ' ~ followed ~ '_count end') }},
    {% endfor -%}
    case when supported.conversion_amount then created_amount_base end as created_amount_base,
    case when supported.cohort_won_amount then won_amount_base end as won_amount_base,
    case when supported.cohort_lost_amount then lost_amount_base end as lost_amount_base,
    case when supported.conversion_amount and not {{ too_few('created_count') }} then {{ rate('won_amount_base', 'created_amount_base') }} end as conversion_amount_rate,
    case
        when supported.cohort_win_amount_rate and not {{ too_few('closed_count') }} then {{ rate('won_amount_base', 'won_amount_base + lost_amount_base') }}
    end as win_amount_rate,
    no_amount_base_count
from filled
cross join supported
