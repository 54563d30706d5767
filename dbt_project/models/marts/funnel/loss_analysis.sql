{# Why which products are lost, and where in the process. A deal with two products counts in the row of each, so rows of products do not add
   up: the rows `all` say what the whole is. Pairs of two of the three have a row for every empty cell; all three together only where a
   deal stands. #}
{%- set dimensions = ['loss_reason_code', 'product_id', 'stage_code'] -%}
with products as (

    select distinct
        opportunity_id,
        product_id
    from {{ ref('opportunity_line') }}
    where opportunity_id is not null and product_id is not null and not is_vanished

),

closed as (

    select
        deals.opportunity_id,
        deals.is_won,
        deals.counts_as_loss,
        deals.amount_base,
        coalesce(deals.loss_reason_code, 'unknown') as loss_reason_code,
        coalesce(products.product_id, 'none') as product_id,
        coalesce(deals.last_stage_code, 'unknown') as stage_code,
        coalesce(periods.period_kind_code, 'all') as period_kind_code,
        coalesce(periods.period_code, 'all') as period_code
    from {{ ref('fct_opportunity') }} as deals
    left join products on deals.opportunity_id = products.opportunity_id
    left join {{ ref('dim_period_day') }} as periods on deals.closed_date = periods.date_day and periods.period_kind_code not in ('week', 'month')
    where deals.is_won or deals.is_lost

),

{# each deal once in every cell it belongs to, `all` being a value like any other #}
cells as (

    {% for reason, product in [('loss_reason_code', 'product_id'), ('loss_reason_code', "'all'"), ("'all'", 'product_id'), ("'all'", "'all'")] -%}
    {%- for stage in ['stage_code', "'all'"] %}
    select distinct
        period_kind_code,
        period_code,
        {{ reason }} as loss_reason_code,
        {{ product }} as product_id,
        {{ stage }} as stage_code,
        opportunity_id,
        counts_as_loss,
        amount_base
    from closed
    where not is_won
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

counted as (

    select
        period_kind_code,
        period_code,
        loss_reason_code,
        product_id,
        stage_code,
        cast(count(*) as bigint) as lost_count,
        {{ count_where('not counts_as_loss') }} as lost_not_counted_count,
        {{ sum_money('amount_base') }} as lost_amount_base,
        {{ count_where('amount_base is null') }} as no_amount_base_count
    from cells
    group by period_kind_code, period_code, loss_reason_code, product_id, stage_code

),

{# the deals of a product that ended, won or lost: what a loss of it is measured against #}
ended as (

    select
        period_kind_code,
        period_code,
        product_id,
        cast(count(distinct opportunity_id) as bigint) as closed_count
    from closed
    where is_won or counts_as_loss
    group by period_kind_code, period_code, product_id
    union all
    select
        period_kind_code,
        period_code,
        'all' as product_id,
        cast(count(distinct opportunity_id) as bigint) as closed_count
    from closed
    where is_won or counts_as_loss
    group by period_kind_code, period_code

),

{# values of each dimension met in a period, `all` among them #}
{% for name in dimensions %}
{{ name }}_values as (

    select distinct period_kind_code, period_code, {{ name }} from counted

),
{% endfor %}
grid as (

    select
        reasons.period_kind_code,
        reasons.period_code,
        reasons.loss_reason_code,
        products.product_id,
        stages.stage_code
    from loss_reason_code_values as reasons
    inner join product_id_values as products
        on reasons.period_kind_code = products.period_kind_code and reasons.period_code = products.period_code
    inner join stage_code_values as stages
        on reasons.period_kind_code = stages.period_kind_code and reasons.period_code = stages.period_code
    where reasons.loss_reason_code = 'all' or products.product_id = 'all' or stages.stage_code = 'all'
    union
    select period_kind_code, period_code, loss_reason_code, product_id, stage_code from counted

),

reasons as (

    select
        loss_reason_code,
        min(case when counts_as_loss then 1 else 0 end) = 1 as counts_as_loss
    from {{ ref('loss_reason') }}
    group by loss_reason_code

),

filled as (

    select
        grid.*,
        case when grid.loss_reason_code <> 'all' then coalesce(reasons.counts_as_loss, true) end as counts_as_loss,
        coalesce(counted.lost_count, 0) as lost_count,
        coalesce(counted.lost_not_counted_count, 0) as lost_not_counted_count,
        coalesce(counted.lost_count, 0) - coalesce(counted.lost_not_counted_count, 0) as counted_count,
        coalesce(counted.lost_amount_base, cast(0 as decimal(18,2))) as lost_amount_base,
        coalesce(counted.no_amount_base_count, 0) as no_amount_base_count,
        coalesce(whole.lost_count - whole.lost_not_counted_count, 0) as every_reason_count,
        coalesce(ended.closed_count, 0) as closed_count
    from grid
    left join counted
        on grid.period_kind_code = counted.period_kind_code
        and grid.period_code = counted.period_code
        {% for name in dimensions -%}
        and grid.{{ name }} = counted.{{ name }}
        {% endfor %}
    left join counted as whole
        on grid.period_kind_code = whole.period_kind_code
        and grid.period_code = whole.period_code
        and grid.product_id = whole.product_id
        and grid.stage_code = whole.stage_code
        and whole.loss_reason_code = 'all'
    left join ended
        on grid.period_kind_code = ended.period_kind_code
        and grid.period_code = ended.period_code
        and grid.product_id = ended.product_id
    left join reasons on grid.loss_reason_code = reasons.loss_reason_code

),

supported as (

    {{ supported_measures(['loss_amount', 'loss_by_reason', 'loss_by_stage', 'loss_by_product']) }}

)

select
    concat(filled.period_kind_code, ':', filled.period_code, ':', loss_reason_code, ':', product_id, ':', stage_code) as loss_analysis_id,
    {{ as_of_date() }} as as_of_date,
    filled.period_kind_code,
    filled.period_code,
    periods.period_start_date,
    periods.period_end_date,
    loss_reason_code,
    product_id,
    stage_code,
    counts_as_loss,
    lost_count,
    lost_not_counted_count,
    case when supported.loss_amount then lost_amount_base end as lost_amount_base,
    no_amount_base_count,
    every_reason_count,
    {{ too_few('every_reason_count') }} as is_reason_withheld,
    {{ rate_columns('reason', 'counted_count', 'case when supported.loss_by_reason then every_reason_count end') }},
    closed_count,
    {{ too_few('closed_count') }} as is_withheld,
    {{ rate_columns('lost', 'counted_count', 'closed_count') }}
from filled
cross join supported
inner join {{ ref('dim_period') }} as periods
    on filled.period_kind_code = periods.period_kind_code and filled.period_code = periods.period_code
where (supported.loss_by_stage or stage_code = 'all') and (supported.loss_by_product or product_id = 'all')
