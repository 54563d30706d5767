{# The observed funnel of every group of deals: how many reached each step, how many of the step before that is, and how they ended. #}
with stages as (

    select
        stage_set_code,
        stage_code,
        stage_number,
        is_won
    from {{ ref('dim_stage') }}
    where is_current and not is_lost and stage_number is not null

),

deals as (

    select
        opportunity_id,
        stage_set_code,
        stage_code,
        last_stage_code,
        amount_base,
        is_open,
        is_won,
        is_lost,
        is_won or is_lost and counts_as_loss as is_closed
    from {{ ref('fct_opportunity') }}

),

groups_of_deals as (

    select * from {{ ref('opportunity_dimension') }}

),

counted as (

    select
        groups_of_deals.dimension_code,
        groups_of_deals.dimension_value,
        reached.stage_set_code,
        reached.stage_code,
        cast(count(*) as bigint) as reached_count,
        {{ count_where("reached.reached_code = 'entered'") }} as entered_count,
        {{ count_where("reached.reached_code = 'entered' and deals.is_won") }} as won_count,
        {{ count_where("reached.reached_code = 'entered' and deals.is_closed") }} as closed_count,
        {{ count_where("deals.is_lost and deals.last_stage_code = reached.stage_code") }} as lost_here_count
    from {{ ref('fct_stage_reached') }} as reached
    inner join deals on reached.opportunity_id = deals.opportunity_id
    inner join groups_of_deals on reached.opportunity_id = groups_of_deals.opportunity_id
    group by 1, 2, 3, 4

),

standing as (

    select
        groups_of_deals.dimension_code,
        groups_of_deals.dimension_value,
        deals.stage_set_code,
        deals.stage_code,
        cast(count(*) as bigint) as open_count,
        {{ sum_money('deals.amount_base') }} as open_amount_base
    from deals
    inner join groups_of_deals on deals.opportunity_id = groups_of_deals.opportunity_id
    where deals.is_open
    group by 1, 2, 3, 4

),

grid as (

    select
        met.dimension_code,
        met.dimension_value,
        stages.stage_set_code,
        stages.stage_code,
        stages.stage_number,
        stages.is_won
    from (select distinct dimension_code, dimension_value, stage_set_code from counted) as met
    inner join stages on met.stage_set_code = stages.stage_set_code

),

filled as (

    select
        grid.*,
        {% for name in ['reached', 'entered', 'won', 'closed', 'lost_here'] -%}
        coalesce(counted.{{ name }}_count, 0) as {{ name }}_count,
        {% endfor -%}
        coalesce(standing.open_count, 0) as open_count,
        coalesce(standing.open_amount_base, cast(0 as decimal(18,2))) as open_amount_base
    from grid
    left join counted
        on grid.dimension_code = counted.dimension_code
        and grid.dimension_value = counted.dimension_value
        and grid.stage_set_code = counted.stage_set_code
        and grid.stage_code = counted.stage_code
    left join standing
        on grid.dimension_code = standing.dimension_code
        and grid.dimension_value = standing.dimension_value
        and grid.stage_set_code = standing.stage_set_code
        and grid.stage_code = standing.stage_code

),

followed as (

    select
        *,
        max(reached_count) over (partition by dimension_code, dimension_value, stage_set_code) as group_count,
        lag(reached_count) over (
            partition by dimension_code, dimension_value, stage_set_code order by stage_number, stage_code
        ) as previous_reached_count
    from filled

),

supported as (

    {{ supported_measures([
        'shape', 'shape_amount', 'shape_by_product', 'shape_by_segment', 'shape_by_region',
        'shape_by_lead_source', 'shape_by_opportunity_type', 'shape_by_competitor', 'shape_by_team', 'shape_by_owner'
    ]) }}

)

select
    concat(dimension_code, ':', dimension_value, ':', stage_set_code, ':', stage_code) as funnel_shape_id,
    {{ as_of_date() }} as as_of_date,
    dimension_code,
    dimension_value,
    stage_set_code,
    stage_code,
    stage_number,
    is_won,
    group_count,
    reached_count,
    previous_reached_count,
    entered_count,
    {{ too_few('group_count') }} as is_withheld,
    {{ rate_columns('reached', 'reached_count', 'case when supported.shape then group_count end') }},
    {{ rate_columns('passed_on', 'reached_count', 'case when supported.shape then previous_reached_count end') }},
    won_count,
    closed_count,
    {{ rate_columns('probability', 'won_count', 'case when supported.shape then closed_count end') }},
    case when supported.shape then lost_here_count end as lost_here_count,
    open_count,
    case when supported.shape_amount then open_amount_base end as open_amount_base
from followed
cross join supported
where
    case dimension_code
        when 'product_family' then supported.shape_by_product
        when 'segment' then supported.shape_by_segment
        when 'region' then supported.shape_by_region
        when 'lead_source' then supported.shape_by_lead_source
        when 'opportunity_type' then supported.shape_by_opportunity_type
        when 'competitor' then supported.shape_by_competitor
        when 'team' then supported.shape_by_team
        when 'owner' then supported.shape_by_owner
        else true
    end
