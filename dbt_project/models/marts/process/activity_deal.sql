{# Which deal an activity that was done is meant for: the one it names; else the only deal of its customer that was open that day (inferred: whether
   that counts, the playbook says); of several, none. Looked up once per customer and day, however many activities that day has.
   One row per activity done. #}
{{ config(materialized=step()) }}
with activities as (

    select * from {{ ref('fct_activity') }} where is_done and not is_vanished and coalesce(activity_date <= {{ as_of_date() }}, true)

),

misnamed as (

    select distinct record_id as activity_id from {{ ref('resolution') }} where entity = 'activity' and field_name = 'opportunity'

),

asked as (

    select distinct customer_id, activity_date
    from activities
    where opportunity_id is null and customer_id is not null and activity_date is not null

),

{# open that day: a deal that closed on it was, and so was one created on it #}
standing as (

    select distinct
        asked.customer_id,
        asked.activity_date,
        spans.opportunity_id
    from asked
    inner join {{ ref('opportunity_interval') }} as spans
        on asked.customer_id = spans.customer_id
        and spans.valid_from_date <= asked.activity_date and asked.activity_date <= spans.valid_until_date
    where spans.status_code = 'open'

),

numbered as (

    select
        *,
        row_number() over (partition by customer_id, activity_date order by opportunity_id) as deal_number
    from standing

),

found as (

    select
        customer_id,
        activity_date,
        count(*) as candidate_count,
        min(opportunity_id) as opportunity_id,
        {{ text_agg_sorted('case when deal_number <= 5 then opportunity_id end', '|', 'opportunity_id') }} as candidate_opportunity_ids
    from numbered
    group by customer_id, activity_date

),

switches as (

    {{ in_force(ref('process_rule'), 'rule_code', 'process_rule_id') }}

),

allowed as (

    select found.*, coalesce(switches.rule_value = 'true', false) as is_inferred_allowed
    from found
    left join switches
        on switches.rule_code = 'inferred_link_allowed'
        and found.activity_date >= switches.in_force_from_date and found.activity_date <= switches.in_force_to_date

)

select
    activities.activity_id,
    activities.activity_type_code,
    activities.activity_date,
    activities.occurred_at,
    activities.recorded_at,
    activities.owner_id,
    activities.team_id,
    activities.customer_id,
    activities.purpose_fault_code,
    activities.content_fault_code,
    activities.feedback_fault_code,
    case
        when activities.opportunity_id is not null then 'direct'
        when misnamed.activity_id is not null or allowed.candidate_count is null then 'none'
        when allowed.candidate_count = 1 then 'inferred'
        else 'ambiguous'
    end as deal_link_code,
    case
        when activities.opportunity_id is not null then 'names_deal'
        when misnamed.activity_id is not null then 'names_unknown_deal'
        when activities.customer_id is null then 'no_customer'
        when activities.activity_date is null then 'no_date'
        when allowed.candidate_count is null then 'no_open_deal'
        when allowed.candidate_count > 1 then 'several_open_deals'
        when allowed.is_inferred_allowed then 'only_open_deal'
        else 'only_open_deal_not_allowed'
    end as deal_link_reason_code,
    case
        when activities.opportunity_id is not null then activities.opportunity_id
        when misnamed.activity_id is null and allowed.candidate_count = 1 then allowed.opportunity_id
    end as opportunity_id,
    activities.opportunity_id is not null
    or misnamed.activity_id is null and coalesce(allowed.candidate_count = 1 and allowed.is_inferred_allowed, false) as is_counted,
    case when activities.opportunity_id is null and misnamed.activity_id is null then allowed.candidate_count end as candidate_count,
    case
        when activities.opportunity_id is null and misnamed.activity_id is null then allowed.candidate_opportunity_ids
    end as candidate_opportunity_ids
from activities
left join misnamed on activities.activity_id = misnamed.activity_id
left join allowed on activities.customer_id = allowed.customer_id and activities.activity_date = allowed.activity_date
