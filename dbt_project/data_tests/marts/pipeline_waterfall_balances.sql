-- start + what came - what went = end, in money and in deals, for every scope and window; owners, and top teams with those in none, add up to the
-- company; the company's end as known now is what is open; of a deal that was never in a foreign currency nothing remains as exchange. Returns what
-- does not balance.
with falls as (

    select * from {{ ref('pipeline_waterfall') }}

),

summed as (

    select
        view_code,
        population_code,
        period_kind_code,
        period_code,
        {%- for scope in ['company', 'owner', 'team'] %}
        sum(case when scope_code = '{{ scope }}' and (scope_code <> 'team' or scope_id is null or teams.parent_team_id is null) then end_amount_base end)
            as {{ scope }}_amount_base,
        sum(case when scope_code = '{{ scope }}' and (scope_code <> 'team' or scope_id is null or teams.parent_team_id is null) then end_count end)
            as {{ scope }}_count{{ ',' if not loop.last }}
        {%- endfor %}
    from falls
    left join (select team_id, parent_team_id from {{ ref('dim_team') }}) as teams on falls.scope_id = teams.team_id
    group by view_code, population_code, period_kind_code, period_code

),

standing as (

    select count(*) as open_count, coalesce(sum(amount_base), 0) as amount_base from {{ ref('fct_opportunity') }} where is_open

)

select pipeline_waterfall_id as broken
from falls
where difference_amount_base <> 0 or difference_count <> 0
union all
select concat(view_code, ':', population_code, ':', period_kind_code, ':', period_code) as broken
from summed
where
    company_count <> coalesce(owner_count, 0) or company_amount_base <> coalesce(owner_amount_base, 0)
    or company_count <> coalesce(team_count, company_count) or company_amount_base <> coalesce(team_amount_base, company_amount_base)
union all
select falls.pipeline_waterfall_id as broken
from falls
cross join standing
where
    falls.view_code = 'as_known_now' and falls.population_code = 'all_open' and falls.scope_code = 'company'
    and falls.closing_date = falls.as_of_date
    and (falls.end_count <> standing.open_count or falls.end_amount_base <> standing.amount_base)
union all
select pipeline_movement_id as broken
from {{ ref('fct_pipeline_movement') }}
where
    component_code in ('exchange_gain', 'exchange_loss') and view_code <> 'as_published'
    and opportunity_id not in (select opportunity_id from {{ ref('pipeline_span') }} where currency_code <> '{{ var("base_currency") }}')
