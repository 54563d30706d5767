{# How long deals took, as a histogram whose classes never change, so that periods can be laid over one another. A class holds its lower
   bound and not its upper. #}
{%- set bounds = [0, 7, 14, 30, 60, 90, 120, 180, 270, 365, 545, 730] -%}
with classes as (

    {% for lower in bounds -%}
    select
        cast({{ loop.index }} as int) as class_number,
        cast({{ lower }} as decimal(18,9)) as from_days,
        cast({{ bounds[loop.index] if not loop.last else 'null' }} as decimal(18,9)) as until_days
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

outcomes as (

    select
        scope_code,
        scope_id,
        period_kind_code,
        period_code,
        status_code,
        case
            {% for lower in bounds[1:] -%}
            when cycle_days < {{ lower }} then {{ loop.index }}
            {% endfor -%}
            else {{ bounds | length }}
        end as class_number,
        count(*) as deal_count,
        min(outcome_date) as first_date
    from {{ ref('close_period') }}
    where
        status_code in ('won', 'lost') and cycle_days is not null
        and period_kind_code in ('all', 'trailing_365_days', 'fiscal_quarter', 'fiscal_year')
    group by 1, 2, 3, 4, 5, 6

),

periods as (

    {{ scope_periods('outcomes') }}

),

grid as (

    select
        periods.*,
        statuses.status_code,
        classes.class_number,
        classes.from_days,
        classes.until_days
    from periods
    cross join (select 'won' as status_code union all select 'lost' as status_code) as statuses
    cross join classes
    where periods.period_kind_code in ('all', 'trailing_365_days', 'fiscal_quarter', 'fiscal_year')

),

filled as (

    select
        grid.*,
        cast(coalesce(outcomes.deal_count, 0) as bigint) as deal_count
    from grid
    left join outcomes
        on {{ same_scope_period('grid', 'outcomes') }}
        and grid.status_code = outcomes.status_code
        and grid.class_number = outcomes.class_number

),

totalled as (

    select
        *,
        cast(sum(deal_count) over (partition by {{ scope_period_key('filled') }}, status_code) as bigint) as measured_count,
        cast(sum(deal_count) over (
            partition by {{ scope_period_key('filled') }}, status_code
            order by class_number rows between unbounded preceding and current row
        ) as bigint) as until_count
    from filled

)

select
    concat({{ scope_period_key('totalled') }}, ':', status_code, ':', cast(class_number as string)) as cycle_distribution_id,
    {{ scope_period_columns('totalled') }},
    status_code,
    class_number,
    from_days,
    until_days,
    deal_count,
    measured_count,
    {{ too_few('measured_count') }} as is_withheld,
    {{ rate_columns('deal', 'deal_count', 'measured_count') }},
    {{ rate_columns('until', 'until_count', 'measured_count') }}
from totalled
