-- Owners add up to the company in every period, and a rate lies inside its interval inside 0-1. Returns what does not.
with totals as (

    select
        period_kind_code,
        period_code,
        sum(case when scope_code = 'company' then won_count else -won_count end) as won_difference,
        sum(case when scope_code = 'company' then lost_count else -lost_count end) as lost_difference
    from {{ ref('win_rate') }}
    group by period_kind_code, period_code

)

select concat(period_kind_code, ':', period_code) as broken
from totals
where won_difference <> 0 or lost_difference <> 0
union all
select win_rate_id as broken
from {{ ref('win_rate') }}
where win_rate_low < 0 or win_rate < win_rate_low or win_rate_high < win_rate or win_rate_high > 1
