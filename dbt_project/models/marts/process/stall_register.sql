{# Where deals stick: no progress for longer than the stage allows, longer in the stage than four in five visits that went on from it, or out of touch
   with the customer. A planned activity is shown, and resets none of the three. #}
with deals as (

    select * from {{ ref('deal_progress') }}

),

stages as (

    select * from {{ ref('dim_stage') }} where is_current

),

visits as (

    select visits.*, coalesce(customers.segment_code, '-') as segment_code
    from {{ ref('fct_stage_visit') }} as visits
    inner join {{ ref('fct_opportunity') }} as opportunities on visits.opportunity_id = opportunities.opportunity_id
    left join {{ ref('dim_customer') }} as customers on opportunities.customer_id = customers.customer_id

),

pace as (

    select
        stage_set_code,
        stage_code,
        segment_code,
        cast(count(*) as bigint) as advanced_count,
        cast({{ percentile(0.8, 'visit_days') }} as decimal(18,9)) as slow_days
    from visits
    where ended_by_code in ('advanced', 'won') and not is_entry_censored
    group by stage_set_code, stage_code, segment_code

),

standing as (

    select * from visits where ended_by_code = 'open'

),

has_source as (

    select count(*) > 0 as has_activity_source from {{ ref('fct_activity') }}

),

days as (

    select date_day, working_day_number from {{ ref('dim_date') }}

),

today as (

    select working_day_number from days where date_day = {{ as_of_date() }}

),

memberships as (

    select * from {{ ref('dim_team_membership') }} where is_current

),

measured as (

    select
        deals.*,
        standing.stage_visit_id,
        standing.entered_date,
        standing.is_entry_censored,
        standing.visit_days,
        pace.advanced_count,
        case when pace.advanced_count >= {{ var('minimum_rate_count') }} then pace.slow_days end as slow_days,
        stages.stall_days,
        coalesce(limits.untouched_days, stages.stall_days) as untouched_days,
        {{ days_between('deals.progress_date', as_of_date()) }} as days_since_progress,
        {{ days_between('coalesce(deals.touch_date, deals.start_date)', as_of_date()) }} as days_since_touch,
        today.working_day_number - progress_day.working_day_number as working_days_since_progress,
        today.working_day_number - entered_day.working_day_number as working_days_in_stage,
        today.working_day_number - touch_day.working_day_number as working_days_since_touch,
        memberships.team_id,
        versions.stall_reason_text,
        versions.next_step_date,
        has_source.has_activity_source
    from deals
    cross join has_source
    cross join today
    cross join {{ ref('process_limit') }} as limits
    left join standing on deals.opportunity_id = standing.opportunity_id
    left join pace
        on standing.stage_set_code = pace.stage_set_code and standing.stage_code = pace.stage_code and standing.segment_code = pace.segment_code
    left join stages on standing.stage_set_code = stages.stage_set_code and standing.stage_code = stages.stage_code
    left join days as progress_day on deals.progress_date = progress_day.date_day
    left join days as entered_day on standing.entered_date = entered_day.date_day
    left join days as touch_day on coalesce(deals.touch_date, deals.start_date) = touch_day.date_day
    left join memberships on deals.owner_id = memberships.owner_id
    left join {{ ref('opportunity') }} as versions on deals.opportunity_id = versions.opportunity_id

),

flagged as (

    select
        *,
        days_since_progress > stall_days as is_stalled,
        visit_days > slow_days as is_slow_in_stage,
        case when has_activity_source then days_since_touch > untouched_days end as is_untouched
    from measured

),

supported as (

    {{ supported_measures(['untouched']) }}

)

select
    opportunity_id,
    {{ as_of_date() }} as as_of_date,
    stage_set_code,
    stage_code,
    stage_number,
    stage_visit_id,
    is_stalled,
    is_slow_in_stage,
    case when supported.untouched then is_untouched end as is_untouched,
    progress_date as last_progress_date,
    progress_code as last_progress_code,
    progress_code = 'start' and is_start_at_least as is_progress_at_least,
    days_since_progress,
    working_days_since_progress,
    stall_days as stall_limit_days,
    entered_date as stage_entered_date,
    is_entry_censored as is_days_in_stage_at_least,
    visit_days as days_in_stage,
    working_days_in_stage,
    slow_days as slow_limit_days,
    advanced_count as slow_visit_count,
    touch_date as last_touch_date,
    case when supported.untouched then case when has_activity_source then days_since_touch end end as days_since_touch,
    case when supported.untouched then case when has_activity_source then working_days_since_touch end end as working_days_since_touch,
    untouched_days as untouched_limit_days,
    planned_date as next_planned_date,
    next_step_date,
    customer_id,
    owner_id,
    team_id,
    amount,
    currency_code,
    amount_base,
    weighted_amount_base,
    stall_reason_text
from flagged
cross join supported
where is_stalled or is_slow_in_stage or supported.untouched and is_untouched
