{# What each source of deals, the playbook and the rest of the company's data say that a measure may need, counted in canonical tables. A fact of
   the company or the playbook stands in the row of each source. What a measure needs: seeds/measure.csv. #}
{%- set of_deals = {
    'deal': 'true', 'stage': 'deals.stage_code is not null', 'owner': 'deals.owner_id is not null',
    'customer': 'deals.customer_id is not null and not coalesce(customers.is_stub, false)', 'created_date': 'deals.created_date is not null',
    'closed_deal': 'deals.is_won or deals.is_lost', 'closed_date': '(deals.is_won or deals.is_lost) and deals.closed_date is not null',
    'won_amount': 'deals.is_won and deals.amount <> 0', 'lost_amount': 'deals.is_lost and deals.amount <> 0',
    'margin': 'deals.is_won and deals.margin_amount is not null', 'forecast_category': 'deals.forecast_category_code is not null',
    'loss_reason': 'deals.is_lost and deals.loss_reason_code is not null', 'segment': 'customers.segment_code is not null',
    'region': 'customers.region_code is not null', 'lead_source': 'deals.lead_source_code is not null',
    'opportunity_type': 'deals.opportunity_type_code is not null'
} -%}
{%- set while_open = {
    'open_amount': 'amount <> 0', 'open_margin': 'margin_amount is not null', 'expected_close_date': 'expected_close_date is not null',
    'source_probability': 'source_probability_rate is not null'
} -%}
{%- set of_company = {
    'activity': ('activity', 'not is_vanished'), 'visit': ('activity', "activity_type_code = 'visit' and not is_vanished"),
    'target': ('target', 'not is_vanished'), 'earlier_publication': ('opportunity_as_published', 'true'), 'stage_task': ('stage_task', 'true'),
    'stall_days': ('stage', 'stall_days is not null'), 'declared_probability': ('stage', 'declared_probability_rate is not null and not is_won and not is_lost'),
    'untouched_days': ('process_rule', "rule_code = 'untouched_days'"),
    'touch_limit': ('process_rule', "rule_code in ('hot_touch_days', 'large_touch_days')"), 'change_marker': ('change_marker', 'true')
} -%}
with deals as (

    select * from {{ ref('opportunity') }}

),

sources as (

    select source_system from {{ ref('source') }} where entity = 'opportunity'
    union
    select source_system from deals

),

told as (

    select
        deals.source_system,
        {%- for code, condition in of_deals.items() %}
        {{ count_where(condition) }} as {{ code }}_count{{ ',' if not loop.last }}
        {%- endfor %}
    from deals
    left join {{ ref('customer') }} as customers on deals.customer_id = customers.customer_id
    group by deals.source_system

),

told_open as (

    select
        source_system,
        {%- for code, condition in while_open.items() %}
        {{ count_where(condition) }} as {{ code }}_count{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('opportunity_version') }}
    where not is_closed
    group by source_system

),

{# names of the deals that other records tell of #}
referring as (

    select opportunity_id, 'stage_move' as requirement_code
    from {{ ref('stage_change') }}
    where from_stage_code is not null and to_stage_code is not null and not is_explained
    union all
    select changes.opportunity_id, 'stage_entry' as requirement_code
    from {{ ref('stage_change') }} as changes
    inner join (select distinct stage_set_code, stage_code from {{ ref('stage') }} where not is_won and not is_lost) as stages
        on changes.stage_set_code = stages.stage_set_code and changes.to_stage_code = stages.stage_code
    where changes.is_visit and not changes.is_first_seen
    union all
    select opportunity_id, 'product' as requirement_code from {{ ref('opportunity_line') }} where product_id is not null and not is_vanished
    union all
    select opportunity_id, 'competitor' as requirement_code from {{ ref('opportunity_competitor') }} where not is_vanished
    union all
    select opportunity_id, 'order' as requirement_code from {{ ref('transaction_card') }} where not is_vanished
    union all
    select opportunity_id, 'deal_activity' as requirement_code
    from {{ ref('activity') }}
    where not is_vanished and coalesce(is_done, occurred_date <= {{ as_of_date() }}, false)
    union all
    select known.opportunity_id, 'deal_activity' as requirement_code
    from (select source_system, customer_id, min(opportunity_id) as opportunity_id from deals where customer_id is not null group by source_system, customer_id) as known
    inner join {{ ref('activity') }} as activities on known.customer_id = activities.customer_id and activities.opportunity_id is null
    where not activities.is_vanished and coalesce(activities.is_done, activities.occurred_date <= {{ as_of_date() }}, false)
        and exists (select 1 from {{ ref('process_rule') }} where rule_code = 'inferred_link_allowed' and rule_value = 'true')
    union all
    select deals.opportunity_id, 'exchange_rate' as requirement_code
    from deals
    left join (select distinct from_currency_code from {{ ref('exchange_rate') }} where to_currency_code = '{{ var("base_currency") }}') as rates
        on deals.currency_code = rates.from_currency_code
    where deals.currency_code = '{{ var("base_currency") }}' or rates.from_currency_code is not null
    union all
    select deals.opportunity_id, 'team' as requirement_code
    from deals
    inner join (select distinct owner_id from {{ ref('team_membership') }} where team_id is not null) as members on deals.owner_id = members.owner_id

),

again as (

    select source_system, count(distinct delivered_date) - 1 as record_count
    from {{ ref('delivery') }}
    where entity = 'opportunity' and is_effective and delivered_date <= {{ as_of_date() }}
    group by source_system

),

counted as (

    {%- for code in of_deals %}
    select source_system, '{{ code }}' as requirement_code, {{ code }}_count as record_count from told
    union all
    {%- endfor %}
    {%- for code in while_open %}
    select source_system, '{{ code }}' as requirement_code, {{ code }}_count as record_count from told_open
    union all
    {%- endfor %}
    {%- for code, (relation, condition) in of_company.items() %}
    select sources.source_system, '{{ code }}' as requirement_code, facts.record_count
    from sources
    cross join (select count(*) as record_count from {{ ref(relation) }} where {{ condition }}) as facts
    union all
    {%- endfor %}
    select source_system, 'second_delivery' as requirement_code, record_count from again
    union all
    select source_system, 'earlier_stage' as requirement_code, sum(record_count) as record_count
    from (
        select source_system, record_count from again
        union all
        select deals.source_system, count(*) as record_count
        from {{ ref('stage_change') }} as changes
        inner join deals on changes.opportunity_id = deals.opportunity_id
        where changes.evidence_code = 'native'
        group by deals.source_system
    ) as earlier
    group by source_system
    union all
    select deals.source_system, referring.requirement_code, count(*) as record_count
    from referring
    inner join deals on referring.opportunity_id = deals.opportunity_id
    group by deals.source_system, referring.requirement_code

)

select
    concat(sources.source_system, ':', requirements.requirement_code) as measure_support_id,
    {{ as_of_date() }} as as_of_date,
    sources.source_system,
    requirements.requirement_code,
    cast(coalesce(counted.record_count, 0) as bigint) as record_count,
    coalesce(counted.record_count, 0) > 0 as is_met
from sources
cross join {{ ref('measure_requirement') }} as requirements
left join counted on sources.source_system = counted.source_system and requirements.requirement_code = counted.requirement_code
