-- Owners add up to the company in every period; so do the teams at the top and those in none. Wins booked less taken back are the wins that
-- stand. A rate lies inside its interval inside 0-1. Returns what does not.
with totals as (

    select
        period_kind_code,
        period_code,
        sum(case scope_code when 'company' then won_count when 'owner' then -won_count else 0 end) as won_difference,
        sum(case scope_code when 'company' then lost_count when 'owner' then -lost_count else 0 end) as lost_difference,
        sum(case scope_code when 'company' then won_count when 'team' then -won_count else 0 end) as team_won_difference,
        sum(case scope_code when 'company' then lost_count when 'team' then -lost_count else 0 end) as team_lost_difference,
        sum(case when scope_code = 'team' then 1 else 0 end) as team_row_count
    from {{ ref('win_rate') }} as rates
    left join {{ ref('dim_team') }} as teams on case when rates.scope_code = 'team' then rates.scope_id end = teams.team_id
    where teams.parent_team_id is null
    group by period_kind_code, period_code

)

select concat(period_kind_code, ':', period_code) as broken
from totals
where won_difference <> 0 or lost_difference <> 0 or (team_row_count > 0 and (team_won_difference <> 0 or team_lost_difference <> 0))
union all
select win_rate_id as broken
from {{ ref('win_rate') }}
where period_kind_code = 'all' and (
    booked_won_count - coalesce(reversed_won_count, 0) <> won_count
    or booked_won_amount_base - coalesce(reversed_won_amount_base, 0) <> won_amount_base
)
union all
select win_rate_id as broken
from {{ ref('win_rate') }}
where win_rate_low < 0 or win_rate < win_rate_low or win_rate_high < win_rate or win_rate_high > 1
