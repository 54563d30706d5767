with stages as (

    select
        stage_set_code,
        stage_code,
        stage_number,
        stage_name_en,
        stage_name_zh_hant,
        band_code,
        declared_probability_rate,
        is_won
    from {{ ref('dim_stage') }}
    where is_current and not is_lost

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}

),

{# open deals whose stage nobody knows stand in a row of their own, so that the open counts add up to all open deals #}
rungs as (

    select * from stages
    union all
    select distinct
        stage_set_code,
        'unmapped' as stage_code,
        cast(null as int) as stage_number,
        'No stage of the playbook' as stage_name_en,
        '未對應階段' as stage_name_zh_hant,
        cast(null as string) as band_code,
        cast(null as decimal(18,9)) as declared_probability_rate,
        false as is_won
    from opportunities
    where is_open and stage_number is null

),

standing as (

    select
        stage_set_code,
        case when stage_number is null then 'unmapped' else stage_code end as stage_code,
        cast(count(*) as bigint) as open_count,
        count(distinct currency_code) as currency_count,
        min(currency_code) as currency_code,
        {{ sum_money('amount') }} as amount,
        {{ sum_money('amount_base') }} as amount_base,
        {{ sum_money('weighted_amount_base') }} as weighted_amount_base,
        {{ count_where('amount is null') }} as blank_amount_count,
        {{ count_where('amount is not null and amount_base is null') }} as no_rate_count
    from opportunities
    where is_open
    group by stage_set_code, case when stage_number is null then 'unmapped' else stage_code end

),

cohort as (

    select
        stage_set_code,
        stage_code,
        cast(count(*) as bigint) as reached_count,
        {{ count_where("reached_code = 'entered'") }} as entered_count,
        {{ count_where("reached_code = 'passed'") }} as passed_count,
        {{ count_where("reached_code = 'assumed'") }} as assumed_count
    from {{ ref('fct_stage_reached') }}
    group by stage_set_code, stage_code

),

supported as (

    {{ supported_measures(['open_amount_by_stage', 'weighted_by_stage']) }}

)

select
    concat(rungs.stage_set_code, ':', rungs.stage_code) as funnel_by_stage_id,
    {{ as_of_date() }} as as_of_date,
    rungs.stage_set_code,
    rungs.stage_code,
    rungs.stage_number,
    rungs.stage_name_en,
    rungs.stage_name_zh_hant,
    rungs.band_code,
    rungs.is_won,
    coalesce(standing.open_count, 0) as open_count,
    coalesce(cohort.reached_count, 0) as reached_count,
    coalesce(cohort.entered_count, 0) as entered_count,
    coalesce(cohort.passed_count, 0) as passed_count,
    coalesce(cohort.assumed_count, 0) as assumed_count,
    case when standing.currency_count = 1 then standing.amount end as amount,
    case when standing.currency_count = 1 then standing.currency_code end as currency_code,
    case when supported.open_amount_by_stage then coalesce(standing.amount_base, cast(0 as decimal(18,2))) end as amount_base,
    case when supported.weighted_by_stage then coalesce(standing.weighted_amount_base, cast(0 as decimal(18,2))) end as weighted_amount_base,
    rungs.declared_probability_rate,
    coalesce(standing.blank_amount_count, 0) as blank_amount_count,
    coalesce(standing.no_rate_count, 0) as no_rate_count
from rungs
cross join supported
left join standing on rungs.stage_set_code = standing.stage_set_code and rungs.stage_code = standing.stage_code
left join cohort on rungs.stage_set_code = cohort.stage_set_code and rungs.stage_code = cohort.stage_code
