{#- a rate is written with four decimals: both engines print those alike -#}
{%- set fields = {
    'opportunity_name': none, 'customer_id': none, 'owner_id': none, 'opportunity_type_code': none, 'stage_set_code': none,
    'source_stage_name': none, 'stage_code': none, 'amount': none, 'currency_code': none, 'margin_amount': none,
    'source_probability_rate': 'decimal(9,4)', 'forecast_category_code': none, 'rep_call_code': none, 'intent_code': none,
    'created_date': none, 'expected_close_date': none, 'closed_date': none, 'loss_reason_code': none, 'loss_reason_text': none,
    'next_step_text': none, 'next_step_date': none, 'reactivate_date': none, 'stall_reason_text': none,
    'merged_into_opportunity_id': none, 'is_deleted': none, '_attributes': none, '_extra': none
} -%}
{%- set window = 'over (partition by opportunity_id order by version_number)' -%}
with versions as (

    select
        opportunity_id,
        version_number,
        started_by_code,
        owner_id as responsible_owner_id,
        modified_by_owner_id,
        modified_at,
        valid_from_at,
        valid_from_date,
        source_system,
        _delivery_id,
        _source_file,
        _sheet,
        _row_number,
        {% for field, type in fields.items() -%}
        {% set told = 'own_' ~ field if field in ['stage_set_code', 'stage_code'] else field -%}
        {% set text = 'cast(' ~ ('cast(' ~ told ~ ' as ' ~ type ~ ')' if type else told) ~ ' as string)' -%}
        {{ text }} as new_{{ field }},
        lag({{ text }}) {{ window }} as old_{{ field }},
        {% endfor -%}
        _record_hash
    from {{ ref('opportunity_version') }}

),

changes as (

    {% for field in fields -%}
    select
        opportunity_id, version_number, '{{ field }}' as field_name, old_{{ field }} as old_value, new_{{ field }} as new_value,
        'changed' as change_code, responsible_owner_id, modified_by_owner_id, modified_at, valid_from_at, valid_from_date,
        source_system, _delivery_id, _source_file, _sheet, _row_number
    from versions
    where version_number > 1 and old_{{ field }} is distinct from new_{{ field }}
    union all
    {% endfor -%}
    select
        opportunity_id, version_number, '(record)' as field_name, cast(null as string) as old_value, cast(null as string) as new_value,
        started_by_code as change_code, responsible_owner_id, modified_by_owner_id, modified_at, valid_from_at, valid_from_date,
        source_system, _delivery_id, _source_file, _sheet, _row_number
    from versions
    where started_by_code in ('new', 'returned')

)

select
    concat('opportunity:', opportunity_id, '#', cast(version_number as string), ':', field_name) as record_change_id,
    'opportunity' as entity,
    opportunity_id as record_id,
    version_number,
    field_name,
    change_code,
    old_value,
    new_value,
    modified_by_owner_id as changed_by_owner_id,
    responsible_owner_id,
    modified_at as source_modified_at,
    valid_from_at as delivered_at,
    valid_from_date as delivered_date,
    source_system,
    _delivery_id,
    _source_file,
    _sheet,
    _row_number
from changes
union all
{# the other entities: which content replaced which, and where it came from #}
select
    concat(record_version_id, ':(content)') as record_change_id,
    entity,
    record_id,
    version_number,
    '(content)' as field_name,
    started_by_code as change_code,
    previous_hash as old_value,
    _record_hash as new_value,
    cast(null as string) as changed_by_owner_id,
    cast(null as string) as responsible_owner_id,
    cast(null as timestamp) as source_modified_at,
    valid_from_at as delivered_at,
    valid_from_date as delivered_date,
    source_system,
    _delivery_id,
    _source_file,
    _sheet,
    _row_number
from (
    select *, lag(_record_hash) over (partition by entity, record_id order by version_number) as previous_hash
    from {{ ref('record_version') }}
) as other_versions
where entity <> 'opportunity' and version_number > 1
union all
select
    concat(vanishings.record_vanishing_id, ':vanished') as record_change_id,
    vanishings.entity,
    coalesce(vanished_versions.opportunity_id, vanishings.record_id) as record_id,
    coalesce(vanished_versions.version_number, vanishings.last_version_number) as version_number,
    '(record)' as field_name,
    'vanished' as change_code,
    cast(null as string) as old_value,
    cast(null as string) as new_value,
    cast(null as string) as changed_by_owner_id,
    cast(null as string) as responsible_owner_id,
    cast(null as timestamp) as source_modified_at,
    vanishings.vanished_at as delivered_at,
    vanishings.vanished_date as delivered_date,
    vanishings.source_system,
    vanishings.vanished_delivery_id as _delivery_id,
    cast(null as string) as _source_file,
    cast(null as string) as _sheet,
    cast(null as bigint) as _row_number
from {{ ref('record_vanishing') }} as vanishings
left join {{ ref('opportunity_version') }} as vanished_versions
    on case when vanishings.entity = 'opportunity' then vanishings.record_id end = concat(vanished_versions.source_system, ':', vanished_versions.source_record_id)
    and vanishings.last_version_number = vanished_versions._record_version_number
