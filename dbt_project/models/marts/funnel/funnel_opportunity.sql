{# A deal in one row: where it stands, and for each step of its stage set the first entry, the last exit, and the days it took. Steps above
   the twelfth have no columns (FNL-731 lists such sets); they count in the sums. #}
with deals as (

    select * from {{ ref('fct_opportunity') }}

),

visits as (

    select
        visit.*,
        visit.visit_number = max(visit.visit_number) over (partition by visit.opportunity_id, visit.stage_code) as is_latest
    from {{ ref('fct_stage_visit') }} as visit
    inner join deals on visit.opportunity_id = deals.opportunity_id and visit.stage_set_code = deals.stage_set_code

),

walked as (

    select
        opportunity_id,
        cast(count(*) as bigint) as visit_count,
        {{ count_where('is_reentry') }} as reentry_count,
        {{ count_where("ended_by_code = 'moved_back'") }} as moved_back_count,
        cast(sum(skipped_stage_count) as bigint) as skipped_stage_count,
        max(case when is_entry_censored then 1 else 0 end) = 1 as is_entry_censored,
        {%- for step in milestone_steps() %}
        min(case when stage_number = {{ step }} then entered_date end) as step_{{ '%02d' % step }}_entered_date,
        min(case when stage_number = {{ step }} and visit_number = 1 then entered_at end) as step_{{ '%02d' % step }}_entered_at,
        max(case when stage_number = {{ step }} and is_latest then exited_date end) as step_{{ '%02d' % step }}_exited_date,
        max(case when stage_number = {{ step }} and is_latest then exited_at end) as step_{{ '%02d' % step }}_exited_at,
        max(case when stage_number = {{ step }} and is_latest then visit_days end) as step_{{ '%02d' % step }}_latest_days,
        cast(sum(case when stage_number = {{ step }} then visit_days end) as decimal(18,9)) as step_{{ '%02d' % step }}_cumulative_days{{ ',' if not loop.last }}
        {%- endfor %}
    from visits
    group by opportunity_id

)

select
    deals.opportunity_id,
    {{ as_of_date() }} as as_of_date,
    deals.opportunity_name,
    deals.status_code,
    deals.stage_set_code,
    deals.stage_code,
    deals.stage_number,
    deals.band_code,
    deals.furthest_stage_number,
    deals.owner_id,
    deals.customer_id,
    deals.amount,
    deals.currency_code,
    deals.amount_base,
    deals.created_date,
    deals.expected_close_date,
    deals.closed_date,
    deals.gone_date,
    case
        when deals.created_date <= coalesce(deals.closed_date, deals.gone_date, {{ as_of_date() }})
            then {{ days_between('deals.created_date', 'coalesce(deals.closed_date, deals.gone_date, ' ~ as_of_date() ~ ')') }}
    end as age_days,
    deals.cycle_days,
    coalesce(walked.visit_count, 0) as visit_count,
    coalesce(walked.reentry_count, 0) as reentry_count,
    coalesce(walked.moved_back_count, 0) as moved_back_count,
    coalesce(walked.skipped_stage_count, 0) as skipped_stage_count,
    coalesce(walked.is_entry_censored, false) as is_entry_censored,
    {%- for step in milestone_steps() %}
    {%- for name in ['entered_date', 'entered_at', 'exited_date', 'exited_at', 'latest_days', 'cumulative_days'] %}
    walked.step_{{ '%02d' % step }}_{{ name }}{{ ',' if not (loop.last and step == 12) }}
    {%- endfor %}
    {%- endfor %}
from deals
left join walked on deals.opportunity_id = walked.opportunity_id
