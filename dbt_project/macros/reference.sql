{# References between records: who points at whom, and how a text becomes an id. Matching is exact: by id, or by the name's match key. #}

{# target entity -> the (entity, field) pairs that refer to it #}
{% macro references_to(target) %}
  {{ return({
    'customer': [('opportunity', 'customer'), ('activity', 'customer'), ('customer', 'parent_customer'), ('contact', 'customer'),
                 ('lead', 'converted_customer'), ('transaction_card', 'customer')],
    'contact': [('opportunity', 'primary_contact'), ('activity', 'contact')],
    'product': [('opportunity_line', 'product'), ('transaction_card_line', 'product')],
    'opportunity': [('opportunity', 'merged_into'), ('opportunity', 'continues'), ('opportunity_line', 'opportunity'), ('opportunity_competitor', 'opportunity'),
                    ('stage_change', 'opportunity'), ('activity', 'opportunity'), ('lead', 'converted_opportunity'),
                    ('transaction_card', 'opportunity')],
    'team': [('team', 'parent_team'), ('team_membership', 'team'), ('target', 'team')],
    'transaction_card': [('transaction_card_line', 'transaction_card')],
    'owner': [('opportunity', 'owner'), ('opportunity', 'modified_by'), ('stage_change', 'changed_by'), ('activity', 'owner'),
              ('activity', 'recorded_by'), ('customer', 'owner'), ('contact', 'owner'), ('lead', 'owner'), ('team', 'manager_owner'),
              ('team_membership', 'owner'), ('target', 'owner'), ('transaction_card', 'owner')]
  }[target]) }}
{% endmacro %}

{# each distinct text that refers to the target, with the source it is looked up in #}
{% macro reference_texts(target) -%}
    {%- for entity, field in references_to(target) %}
    select
        coalesce({{ field }}_source, source_system) as reference_source,
        coalesce({{ field }}_by, 'any') as reference_by,
        {{ field }} as reference_text
    from {{ ref('stg_record__' ~ entity) }}
    where {{ field }} is not null
    {{ 'union' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# one row per text that refers to the target: the record it means; of a deal that goes on in another source, the deal it is (stg_opportunity__continuation).
   reference_by: id, name_key, or any (undeclared: id, else name) #}
{% macro reference_matches(target, name_column, makes_stub=false) -%}
with reference_text as (
    {{ reference_texts(target) }}
),

name_key as (

    select name_text, min(name_key) as name_key
    from {{ source('raw_ledger', 'name_key') }}
    group by name_text

),

keyed as (

    select
        reference_text.*,
        coalesce(name_key.name_key, reference_text.reference_text) as match_key,
        case when reference_text.reference_by <> 'name_key' then reference_text.reference_text end as looked_up_key,
        case when reference_text.reference_by <> 'id' then coalesce(name_key.name_key, reference_text.reference_text) end as looked_up_name
    from reference_text
    left join name_key on reference_text.reference_text = name_key.name_text

),

record as (

    select
        record.source_system,
        record._record_key,
        {% if target == 'opportunity' %}coalesce(part.opportunity_id, concat(record.source_system, ':', record._record_key)){% else %}concat(record.source_system, ':', record._record_key){% endif %} as record_id,
        coalesce(name_key.name_key, record.{{ name_column }}) as match_key,
        coalesce(presence.is_vanished, false) as is_vanished
    from {{ ref('stg_record__' ~ target) }} as record
    left join {{ ref('ledger_record') }} as presence
        on record.source_system = presence.source_system
        and record._record_key = presence._record_key
        and presence.entity = '{{ target }}'
    {%- if target == 'opportunity' %}
    left join {{ ref('stg_opportunity__continuation') }} as part
        on record.source_system = part.source_system
        and record._record_key = part._record_key
    {%- endif %}
    left join name_key on record.{{ name_column }} = name_key.name_text
    where record.is_current

),

named as (

    select
        source_system,
        match_key,
        count(*) as any_count,
        sum(case when is_vanished then 0 else 1 end) as present_count,
        min(record_id) as any_id,
        min(case when not is_vanished then record_id end) as present_id
    from record
    where match_key is not null
    group by source_system, match_key

),

found as (

    select
        keyed.*,
        by_id.record_id as id_by_key,
        case
            when keyed.reference_by = 'id' or by_id.record_id is not null then null
            when named.present_count = 1 then named.present_id
            when named.present_count = 0 and named.any_count = 1 then named.any_id
        end as id_by_name,
        case when keyed.reference_by <> 'id' and named.present_count > 0 then named.present_count when keyed.reference_by <> 'id' then named.any_count end as named_count
    from keyed
    left join record as by_id
        on keyed.reference_source = by_id.source_system
        and keyed.looked_up_key = by_id._record_key
    left join named
        on keyed.reference_source = named.source_system
        and keyed.looked_up_name = named.match_key

)

select
    reference_source,
    reference_by,
    reference_text,
    match_key,
    case
        when coalesce(id_by_key, id_by_name) is not null then coalesce(id_by_key, id_by_name)
        {%- if makes_stub %}
        when coalesce(named_count, 0) < 2 and reference_by = 'name_key' then concat(reference_source, ':~', match_key)
        when coalesce(named_count, 0) < 2 then concat(reference_source, ':', reference_text)
        {%- endif %}
    end as record_id,
    case
        when id_by_key is not null or id_by_name is not null then 'matched'
        when named_count > 1 then 'ambiguous'
        else '{{ 'stub' if makes_stub else 'unresolved' }}'
    end as match_code,
    cast(case when id_by_key is not null then 1 else coalesce(named_count, 0) end as bigint) as candidate_count
from found
{%- endmacro %}

{# joins a record's reference to what it means; the matched row is called <field>_match #}
{% macro reference_join(field, target, alias='record') -%}
    left join {{ ref('stg_reference__' ~ target) }} as {{ field }}_match
        on coalesce({{ alias }}.{{ field }}_source, {{ alias }}.source_system) = {{ field }}_match.reference_source
        and coalesce({{ alias }}.{{ field }}_by, 'any') = {{ field }}_match.reference_by
        and {{ alias }}.{{ field }} = {{ field }}_match.reference_text
{%- endmacro %}

{# joins a source's word to a playbook code: the source's own mapping before the one for any source #}
{% macro code_join(field, alias='record') -%}
    left join {{ ref('stg_reference__code') }} as {{ field }}_own
        on {{ field }}_own.field = '{{ field }}'
        and {{ alias }}.source_system = {{ field }}_own.source_system
        and {{ alias }}.{{ field }} = {{ field }}_own.source_value
    left join {{ ref('stg_reference__code') }} as {{ field }}_any
        on {{ field }}_any.field = '{{ field }}'
        and {{ field }}_any.source_system = '*'
        and {{ alias }}.{{ field }} = {{ field }}_any.source_value
{%- endmacro %}

{# the words a code may be; fields not named here keep the source's word where nobody mapped it #}
{% macro closed_codes(field) %}
  {{ return({
    'activity_type': ['visit', 'call', 'email', 'meeting', 'task', 'note', 'other'],
    'opportunity_type': ['new', 'expansion', 'renewal'],
    'direction': ['inbound', 'outbound'],
    'preference': ['premium', 'value'],
    'time_class': ['selling', 'preparation', 'look-up', 'administration'],
    'forecast_category': ['commit', 'most_likely', 'best_case', 'pipeline', 'omitted', 'closed']
  }.get(field, [])) }}
{% endmacro %}

{% macro code_value(field, alias='record') -%}
    {%- set closed = closed_codes(field) -%}
    {%- set written = alias ~ '.' ~ field -%}
    coalesce({{ field }}_own.code, {{ field }}_any.code, {% if closed -%}
        case when {{ fold_case(written) }} in ('{{ closed | join("', '") }}') then {{ fold_case(written) }} end
    {%- else %}{{ written }}{% endif %})
{%- endmacro %}
