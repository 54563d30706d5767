{# Every figure of a closed period that is no longer what the last publication said, and what changed since: deliveries that came, or no
   longer count, the playbook, the code. Where several changed, all are named: which of them moved a figure cannot be told from the figure. #}
{%- set measures = ['end_count', 'end_amount_base', 'created_count', 'created_amount_base', 'won_count', 'won_amount_base', 'lost_count',
    'lost_amount_base', 'vanished_count', 'vanished_amount_base', 'slipped_count', 'slipped_amount_base'] -%}
{%- set keys = ['scope_code', 'scope_id', 'period_kind_code', 'period_code', 'period_end_date'] -%}
with published as (

    select * from {{ ref('figure_as_published') }}

),

last_night as (

    select max(published_date) as published_date from published

),

current_figures as (

    select figures.*
    from {{ ref('period_figure') }} as figures
    inner join last_night on figures.period_end_date <= last_night.published_date

),

paired as (

    {% for measure in measures -%}
    select
        coalesce(tonight.period_figure_id, earlier._record_key) as period_figure_id,
        {%- for key in keys %}
        coalesce(tonight.{{ key }}, earlier.{{ key }}) as {{ key }},
        {%- endfor %}
        '{{ measure }}' as measure_code,
        earlier._record_key is not null and earlier.{{ measure }} is null as is_unkept,
        cast(coalesce(earlier.{{ measure }}, 0) as decimal(18,2)) as published_value,
        cast(coalesce(tonight.{{ measure }}, 0) as decimal(18,2)) as current_value
    from published as earlier
    full outer join current_figures as tonight on earlier._record_key = tonight.period_figure_id
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

basis as (

    select
        coalesce(tonight.cause_code, earlier.cause_code) as cause_code,
        coalesce(tonight.source_system, earlier.source_system) as source_system,
        earlier._record_key is null as is_new
    from {{ ref('basis_as_published') }} as earlier
    full outer join {{ ref('publication_basis') }} as tonight on earlier._record_key = tonight.publication_basis_id
    where earlier._record_key is null or tonight.publication_basis_id is null

),

causes as (

    select
        {{ text_agg_sorted('cause_code', '|', 'cause_code') }} as cause_codes
    from (select distinct cause_code from basis) as changed

),

sources as (

    select
        {{ text_agg_sorted('source_system', '|', 'source_system') }} as changed_sources
    from (select distinct source_system from basis where source_system is not null) as changed

),

deliveries as (

    select
        {{ count_where("is_new and cause_code <> 'code'") }} as new_delivery_count,
        {{ count_where("not is_new and cause_code <> 'code'") }} as gone_delivery_count
    from basis

)

select
    concat(paired.period_figure_id, ':', paired.measure_code) as restatement_id,
    {{ as_of_date() }} as as_of_date,
    last_night.published_date,
    paired.scope_code,
    paired.scope_id,
    paired.period_kind_code,
    paired.period_code,
    paired.period_end_date,
    paired.measure_code,
    paired.published_value,
    paired.current_value,
    cast(paired.current_value - paired.published_value as decimal(18,2)) as difference_value,
    coalesce(causes.cause_codes, 'none') as cause_codes,
    sources.changed_sources,
    deliveries.new_delivery_count,
    deliveries.gone_delivery_count
from paired
cross join last_night
cross join causes
cross join sources
cross join deliveries
where paired.published_value <> paired.current_value and not paired.is_unkept
