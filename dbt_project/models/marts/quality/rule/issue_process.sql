{# Rules about what happened to a record: it vanished, moved without evidence, or its witnesses disagree #}
{{ config(materialized=step()) }}
select
    'FNL-716' as rule_code,
    entity,
    record_id,
    cast(vanished_date as string) as span_key,
    opportunity_id,
    owner_id,
    vanished_date as first_seen_date,
    {{ business_date('returned_at') }} as last_seen_date,
    concat(coalesce(record_name, ''), case when is_uncertain then ' (uncertain)' else '' end) as detail,
    source_system,
    vanished_delivery_id as _delivery_id,
    _source_file,
    _sheet,
    _row_number
from {{ ref('vanished_record') }}
where entity in ('opportunity', 'customer', 'contact', 'activity', 'lead', 'transaction_card')
union all
select
    'FNL-726' as rule_code,
    'opportunity' as entity,
    visits.opportunity_id as record_id,
    cast(visits.visit_sequence as string) as span_key,
    visits.opportunity_id,
    attribution.owner_at_exit_id as owner_id,
    visits.exited_date as first_seen_date,
    cast(null as date) as last_seen_date,
    concat(visits.stage_code, ' > ', visits.next_stage_code) as detail,
    visits.source_system,
    visits._delivery_id,
    visits._source_file,
    visits._sheet,
    visits._row_number
from {{ ref('stage_visit_attribution') }} as attribution
inner join {{ ref('fct_stage_visit') }} as visits on attribution.stage_visit_id = visits.stage_visit_id
where attribution.is_forward_move and attribution.activity_count = 0
union all
{# it moved on while it was missing: no visit ended forward, the move itself tells #}
select
    'FNL-726' as rule_code,
    'opportunity' as entity,
    moves.opportunity_id as record_id,
    cast(visits.visit_sequence as string) as span_key,
    moves.opportunity_id,
    moves.owner_id,
    moves.moved_date as first_seen_date,
    cast(null as date) as last_seen_date,
    concat(visits.stage_code, ' > ', moves.to_stage_code) as detail,
    moves.source_system,
    moves._delivery_id,
    moves._source_file,
    moves._sheet,
    moves._row_number
from {{ ref('fct_stage_move') }} as moves
inner join {{ ref('fct_stage_visit') }} as visits on moves.from_stage_visit_id = visits.stage_visit_id
inner join {{ ref('stage_visit_attribution') }} as attribution on visits.stage_visit_id = attribution.stage_visit_id
left join {{ ref('activity_link') }} as meanwhile
    on moves.opportunity_id = meanwhile.opportunity_id and meanwhile.is_counted
    and meanwhile.activity_date >= visits.exited_date and meanwhile.activity_date <= moves.moved_date
where
    moves.move_code in ('forward', 'won') and visits.ended_by_code = 'vanished'
    and attribution.activity_count = 0 and meanwhile.activity_id is null
union all
select
    'FNL-730' as rule_code,
    'stage_change' as entity,
    stage_change_id as record_id,
    'now' as span_key,
    opportunity_id,
    changed_by_owner_id as owner_id,
    changed_date as first_seen_date,
    cast(null as date) as last_seen_date,
    concat(coalesce(from_stage_code, '-'), ' > ', coalesce(to_stage_code, '-')) as detail,
    source_system,
    _delivery_id,
    _source_file,
    _sheet,
    _row_number
from {{ ref('stage_change') }}
where is_contradiction
union all
select
    'FNL-724' as rule_code,
    'activity' as entity,
    activities.activity_id as record_id,
    'now' as span_key,
    cast(null as string) as opportunity_id,
    activities.owner_id,
    activities.activity_date as first_seen_date,
    cast(null as date) as last_seen_date,
    activities.activity_type_code as detail,
    activities.source_system,
    activities._delivery_id,
    activities._source_file,
    activities._sheet,
    activities._row_number
from {{ ref('fct_activity') }} as activities
left join {{ ref('resolution') }} as resolution
    on activities.activity_id = resolution.record_id and resolution.entity = 'activity' and resolution.field_name = 'opportunity'
where activities.opportunity_id is null and not activities.is_vanished and resolution.record_id is null
union all
select
    'FNL-731' as rule_code,
    'stage_set' as entity,
    stage_set_code as record_id,
    'now' as span_key,
    cast(null as string) as opportunity_id,
    cast(null as string) as owner_id,
    {{ as_of_date() }} as first_seen_date,
    cast(null as date) as last_seen_date,
    cast(count(*) as string) as detail,
    'playbook' as source_system,
    cast(null as string) as _delivery_id,
    cast(null as string) as _source_file,
    cast(null as string) as _sheet,
    cast(null as bigint) as _row_number
from {{ ref('dim_stage') }}
where is_current and not is_lost
group by stage_set_code
having count(*) > 12
