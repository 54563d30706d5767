with outcomes as (

    select * from {{ ref('close_period') }} where status_code in ('won', 'lost')

),

measured as (

    select
        scope_code,
        owner_id,
        period_kind_code,
        period_code,
        {{ count_where("status_code = 'won' and cycle_days is not null") }} as won_count,
        {{ count_where("status_code = 'won' and cycle_days is null") }} as won_unknown_count,
        {{ count_where("status_code = 'lost' and cycle_days is not null") }} as lost_count,
        {{ count_where("status_code = 'lost' and cycle_days is null") }} as lost_unknown_count,
        cast(sum(case when status_code = 'won' then cycle_days end) as double)
        / nullif(count(case when status_code = 'won' then cycle_days end), 0) as won_mean_days,
        {{ percentile(0.5, "case when status_code = 'won' then cycle_days end") }} as won_median_days,
        {{ percentile(0.25, "case when status_code = 'won' then cycle_days end") }} as won_p25_days,
        {{ percentile(0.75, "case when status_code = 'won' then cycle_days end") }} as won_p75_days,
        {{ percentile(0.5, "case when status_code = 'lost' then cycle_days end") }} as lost_median_days,
        {{ percentile(0.25, "case when status_code = 'lost' then cycle_days end") }} as lost_p25_days,
        {{ percentile(0.75, "case when status_code = 'lost' then cycle_days end") }} as lost_p75_days
    from outcomes
    group by scope_code, owner_id, period_kind_code, period_code

)

select
    concat(scope_code, ':', coalesce(owner_id, '-'), ':', period_kind_code, ':', period_code) as cycle_id,
    {{ as_of_date() }} as as_of_date,
    scope_code,
    owner_id,
    period_kind_code,
    period_code,
    won_count,
    won_unknown_count,
    cast(won_median_days as decimal(18,9)) as won_median_days,
    cast(won_p25_days as decimal(18,9)) as won_p25_days,
    cast(won_p75_days as decimal(18,9)) as won_p75_days,
    cast(won_mean_days as decimal(18,9)) as won_mean_days,
    lost_count,
    lost_unknown_count,
    cast(lost_median_days as decimal(18,9)) as lost_median_days,
    cast(lost_p25_days as decimal(18,9)) as lost_p25_days,
    cast(lost_p75_days as decimal(18,9)) as lost_p75_days
from measured
