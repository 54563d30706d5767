{# Rules that one version of a deal breaks by itself: consecutive versions that break the same rule are one span #}
{{ config(materialized=step()) }}
{%- set rules = {
    'FNL-701': ('stage_code is null and source_stage_name is not null', 'source_stage_name'),
    'FNL-702': ('stage_code is null and source_stage_name is null and not is_closed', 'opportunity_name'),
    'FNL-705': ('customer_id is null', 'opportunity_name'),
    'FNL-707': ('owner_id is null', 'opportunity_name'),
    'FNL-708': ('amount is null and not is_lost', 'opportunity_name'),
    'FNL-711': ('expected_close_date is null and not is_closed', 'opportunity_name'),
    'FNL-713': ('is_closed and closed_date is null', 'opportunity_name'),
    'FNL-714': ('(is_won and source_probability_rate < 1) or (is_lost and source_probability_rate > 0)
            or (not is_closed and (source_probability_rate <= 0 or source_probability_rate >= 1))',
        'cast(cast(source_probability_rate as decimal(9,4)) as string)'),
    'FNL-715': ('closed_date < created_date', "concat(cast(created_date as string), ' > ', cast(closed_date as string))"),
    'FNL-728': ('created_date is null', 'opportunity_name'),
    'FNL-732': ('is_currency_assumed and amount is not null', 'currency_code'),
    'FNL-737': ('continues_opportunity_id <> opportunity_id', 'continues_opportunity_id')
} -%}
with versions as (

    select * from {{ ref('opportunity_version') }}

),

broken as (

    {% for rule, (condition, detail) in rules.items() -%}
    select '{{ rule }}' as rule_code, {{ detail }} as detail, versions.*
    from versions
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

islands as (

    select
        *,
        version_number - row_number() over (partition by rule_code, opportunity_id order by version_number) as island_number
    from broken

),

edges as (

    select
        *,
        min(version_number) over (partition by rule_code, opportunity_id, island_number) as first_number,
        max(version_number) over (partition by rule_code, opportunity_id, island_number) as last_number,
        min(valid_from_date) over (partition by rule_code, opportunity_id, island_number) as first_seen_date
    from islands

)

select
    edges.rule_code,
    'opportunity' as entity,
    edges.opportunity_id as record_id,
    cast(edges.first_number as string) as span_key,
    edges.opportunity_id,
    edges.owner_id,
    edges.first_seen_date,
    edges.valid_to_date as last_seen_date,
    edges.detail,
    edges.source_system,
    edges._delivery_id,
    edges._source_file,
    edges._sheet,
    edges._row_number
from edges
left join {{ ref('resolution') }} as resolution
    on edges.opportunity_id = resolution.opportunity_id and resolution.entity = 'opportunity' and resolution.field_name = 'customer'
where edges.version_number = edges.last_number and (edges.rule_code <> 'FNL-705' or resolution.record_id is null)
