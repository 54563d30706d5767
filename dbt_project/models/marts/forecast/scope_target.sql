{{ config(materialized=step()) }}
{# What each scope is to win in each declared period. A team or the company without a target of its own has the sum of those below: the
   company that of the top teams, else of the owners; a team that of the owners who were in it, or below it, on the period's first day. #}
with targets as (

    select
        case when owner_id is not null then 'owner' when team_id is not null then 'team' else 'company' end as scope_code,
        owner_id,
        case when owner_id is null then team_id end as team_id,
        period_start_date,
        period_end_date,
        sum(case when measure_code = 'won_amount' then target_amount end) as target_amount,
        sum(case when measure_code = 'won_count' then target_count end) as target_count
    from {{ ref('target') }}
    where
        not is_vanished and measure_code in ('won_amount', 'won_count')
        and period_start_date is not null and period_end_date is not null
    group by owner_id, case when owner_id is null then team_id end, period_start_date, period_end_date,
        case when owner_id is not null then 'owner' when team_id is not null then 'team' else 'company' end

),

owner_targets as (

    select
        targets.owner_id,
        membership.team_id,
        targets.period_start_date,
        targets.period_end_date,
        targets.target_amount,
        targets.target_count
    from targets
    {{ team_on_day('targets.owner_id', 'targets.period_start_date') }}
    where targets.scope_code = 'owner'

),

scoped_targets as (

    {{ scoped('owner_targets') }}

),

offered as (

    select
        1 as rank_number,
        'declared' as target_source_code,
        scope_code,
        coalesce(owner_id, team_id) as scope_id,
        period_start_date,
        period_end_date,
        target_amount,
        target_count
    from targets
    union all
    select
        2 as rank_number,
        'teams' as target_source_code,
        'company' as scope_code,
        cast(null as string) as scope_id,
        targets.period_start_date,
        targets.period_end_date,
        targets.target_amount,
        targets.target_count
    from targets
    inner join {{ ref('dim_team') }} as teams on targets.team_id = teams.team_id
    where teams.parent_team_id is null
    union all
    select
        3 as rank_number,
        'owners' as target_source_code,
        scope_code,
        scope_id,
        period_start_date,
        period_end_date,
        target_amount,
        target_count
    from scoped_targets
    where scope_code = 'company' or (scope_code = 'team' and scope_id is not null)

),

ranked as (

    select
        *,
        min(rank_number) over (partition by scope_code, scope_id, period_start_date, period_end_date) as best_number
    from offered

),

calendar as (

    {% for kind in ['month', 'fiscal_quarter', 'fiscal_year'] -%}
    select
        '{{ kind }}' as period_kind_code,
        {{ kind }}_code as period_code,
        min(date_day) as period_start_date,
        max(date_day) as period_end_date
    from {{ ref('dim_date') }}
    group by {{ kind }}_code
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    ranked.scope_code,
    ranked.scope_id,
    coalesce(calendar.period_kind_code, 'other') as period_kind_code,
    coalesce(
        calendar.period_code, concat(cast(ranked.period_start_date as string), '..', cast(ranked.period_end_date as string))
    ) as period_code,
    ranked.period_start_date,
    ranked.period_end_date,
    ranked.target_source_code,
    cast(sum(ranked.target_amount) as decimal(18,2)) as target_amount_base,
    cast(sum(ranked.target_count) as decimal(18,2)) as target_count
from ranked
left join calendar on ranked.period_start_date = calendar.period_start_date and ranked.period_end_date = calendar.period_end_date
where ranked.rank_number = ranked.best_number
group by ranked.scope_code, ranked.scope_id, calendar.period_kind_code, calendar.period_code, ranked.period_start_date, ranked.period_end_date,
    ranked.target_source_code
