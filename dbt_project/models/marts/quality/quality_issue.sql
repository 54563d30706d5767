{#- the rules lie in quality/rule; this file only joins them with names and money -#}
{%- set parts = ['issue_opportunity_version', 'issue_opportunity', 'issue_resolution', 'issue_delivery', 'issue_process', 'issue_playbook'] -%}
{%- set columns = 'rule_code, entity, record_id, span_key, opportunity_id, owner_id, first_seen_date, last_seen_date, detail, '
    ~ 'source_system, _delivery_id, _source_file, _sheet, _row_number' -%}
with issues as (

    {% for part in parts -%}
    select {{ columns }} from {{ ref(part) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

rules as (

    select * from {{ ref('quality_rule') }}

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}

)

select
    concat(issues.rule_code, ':', issues.entity, ':', issues.record_id, ':', issues.span_key) as quality_issue_id,
    issues.rule_code,
    rules.rule_name,
    rules.severity_code,
    issues.entity,
    issues.record_id,
    issues.opportunity_id,
    coalesce(issues.owner_id, opportunities.owner_id) as owner_id,
    case when opportunities.status_code <> 'lost' then opportunities.amount_base end as amount_base_at_risk,
    issues.first_seen_date,
    issues.last_seen_date,
    issues.last_seen_date is null as is_standing,
    issues.detail,
    issues.source_system,
    issues._delivery_id,
    issues._source_file,
    issues._sheet,
    issues._row_number
from issues
left join rules on issues.rule_code = rules.rule_code
left join opportunities on issues.opportunity_id = opportunities.opportunity_id
