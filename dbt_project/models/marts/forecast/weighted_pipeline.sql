{# The open pipeline weighted three ways, by the stage the deals stand in. A deal without that probability or without money adds nothing
   to that sum, and is counted beside it. Where too few deals closed, the declared probability stands in for the observed one: that money is shown. #}
with deals as (

    select
        open_deals.*,
        chances.declared_probability_rate,
        chances.probability_rate,
        coalesce(chances.probability_source_code = 'declared', false) as is_fallback
    from {{ ref('open_deal') }} as open_deals
    left join {{ ref('stage_probability') }} as chances
        on open_deals.stage_set_code = chances.stage_set_code and open_deals.stage_code = chances.stage_code

),

weighted as (

    select
        *,
        {%- for name, column in [('declared', 'declared_probability_rate'), ('source', 'source_probability_rate'), ('observed', 'probability_rate')] %}
        cast(cast(amount_base as decimal(19,2)) * {{ column }} as decimal(18,2)) as {{ name }}_weighted,
        {{ column }} is null as has_no_{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from deals

),

in_scope as (

    {{ scoped('weighted') }}

),

summed as (

    select
        scope_code,
        scope_id,
        stage_set_code,
        stage_code,
        stage_number,
        cast(count(*) as bigint) as open_count,
        {{ sum_money('amount_base') }} as amount_base,
        {{ count_where('amount_base is null') }} as no_amount_base_count,
        {%- for name in ['declared', 'source', 'observed'] %}
        {{ sum_money(name ~ '_weighted') }} as {{ name }}_weighted_amount_base,
        {{ count_where('has_no_' ~ name) }} as no_{{ name }}_probability_count,
        {{ sum_money('case when has_no_' ~ name ~ ' then amount_base end') }} as no_{{ name }}_probability_amount_base,
        {%- endfor %}
        {{ count_where('is_fallback') }} as observed_fallback_count,
        {{ sum_money('case when is_fallback then amount_base end') }} as observed_fallback_amount_base
    from in_scope
    group by scope_code, scope_id, stage_set_code, stage_code, stage_number

),

supported as (

    {{ supported_measures(['open_amount', 'weighted_declared', 'weighted_source', 'weighted_observed']) }}

)

select
    concat(scope_code, ':', coalesce(scope_id, '-'), ':', stage_set_code, ':', stage_code) as weighted_pipeline_id,
    {{ as_of_date() }} as as_of_date,
    scope_code,
    scope_id,
    stage_set_code,
    stage_code,
    stage_number,
    open_count,
    case when supported.open_amount then amount_base end as amount_base,
    no_amount_base_count,
    {%- for name in ['declared', 'source', 'observed'] %}
    case when supported.weighted_{{ name }} then {{ name }}_weighted_amount_base end as {{ name }}_weighted_amount_base,
    no_{{ name }}_probability_count,
    case when supported.open_amount then no_{{ name }}_probability_amount_base end as no_{{ name }}_probability_amount_base,
    {%- endfor %}
    observed_fallback_count,
    case when supported.open_amount then observed_fallback_amount_base end as observed_fallback_amount_base
from summed
cross join supported
