{# Every result that the process supports, twice: as claimed and as evidenced. Stages reached belong to the owner on the day, wins to the owner at the
   close, visits to whoever made them. #}
{%- set counts = ['claimed_count', 'judged_count', 'evidenced_count', 'evidenced_lenient_count'] -%}
{%- set sums = counts + ['has_order_count', 'black_box_count', 'claimed_amount_base', 'evidenced_amount_base'] -%}
{%- set is_judged = "case grid.measure_code when 'visited' then supported.visits_evidenced else supported.evidenced end" -%}
{%- set keys = ['measure_code', 'stage_set_code', 'stage_code'] -%}
with supported as (

    {{ supported_measures(['evidenced', 'visits_evidenced', 'won_with_order', 'black_box', 'team_won_amount']) }}

),

stages as (

    select * from {{ ref('stage_evidence') }}

),

boxes as (

    select * from {{ ref('black_box') }}

),

visits as (

    select * from {{ ref('activity_link') }} where activity_type_code = 'visit'

),

wins as (

    select
        boxes.closed_date,
        boxes.owner_at_close_id,
        boxes.team_id,
        boxes.amount_base,
        boxes.is_black_box,
        stages.is_evidenced,
        stages.is_evidenced_lenient,
        stages.has_order
    from boxes
    left join stages on boxes.opportunity_id = stages.opportunity_id and stages.is_won_stage
    where boxes.status_code = 'won'

),

counted as (

    select
        'stage_reached' as measure_code,
        stage_set_code,
        stage_code,
        reached_date as happened_date,
        owner_id,
        team_id,
        count(*) as claimed_count,
        count(is_evidenced) as judged_count,
        {{ count_where('is_evidenced') }} as evidenced_count,
        {{ count_where('is_evidenced_lenient') }} as evidenced_lenient_count,
        cast(0 as bigint) as has_order_count,
        cast(0 as bigint) as black_box_count,
        cast(0 as decimal(18,2)) as claimed_amount_base,
        cast(0 as decimal(18,2)) as evidenced_amount_base
    from stages
    where not is_won_stage
    group by stage_set_code, stage_code, reached_date, owner_id, team_id
    union all
    select
        'won' as measure_code,
        'all' as stage_set_code,
        'all' as stage_code,
        closed_date as happened_date,
        owner_at_close_id as owner_id,
        team_id,
        count(*) as claimed_count,
        count(is_evidenced) as judged_count,
        {{ count_where('is_evidenced') }} as evidenced_count,
        {{ count_where('is_evidenced_lenient') }} as evidenced_lenient_count,
        {{ count_where('has_order') }} as has_order_count,
        {{ count_where('is_black_box') }} as black_box_count,
        {{ sum_money('amount_base') }} as claimed_amount_base,
        {{ sum_money('case when is_evidenced then amount_base end') }} as evidenced_amount_base
    from wins
    group by closed_date, owner_at_close_id, team_id
    union all
    select
        'visited' as measure_code,
        'all' as stage_set_code,
        'all' as stage_code,
        activity_date as happened_date,
        owner_id,
        team_id,
        count(*) as claimed_count,
        count(*) as judged_count,
        {{ count_where('has_purpose and has_content') }} as evidenced_count,
        {{ count_where('has_purpose and has_content') }} as evidenced_lenient_count,
        cast(0 as bigint) as has_order_count,
        cast(0 as bigint) as black_box_count,
        cast(0 as decimal(18,2)) as claimed_amount_base,
        cast(0 as decimal(18,2)) as evidenced_amount_base
    from visits
    group by activity_date, owner_id, team_id

),

{{ summed_by_scope_and_period(keys, sums) }},

{{ grid_of_periods(keys, "stage_code = 'all'") }}

select
    {{ grid_id(keys) }} as claimed_evidenced_id,
    {{ as_of_date() }} as as_of_date,
    grid.scope_code,
    grid.scope_id,
    grid.period_kind_code,
    grid.period_code,
    periods.period_start_date,
    periods.period_end_date,
    grid.measure_code,
    grid.stage_set_code,
    grid.stage_code,
    {%- for sum in counts %}
    {% if sum != 'claimed_count' %}case when {{ is_judged }} then {% endif %}cast(coalesce(summed.{{ sum }}, 0) as bigint){{ ' end' if sum != 'claimed_count' }} as {{ sum }},
    {%- endfor %}
    case when grid.measure_code = 'won' and supported.won_with_order then cast(coalesce(summed.has_order_count, 0) as bigint) end as has_order_count,
    case when grid.measure_code = 'won' and supported.black_box then cast(coalesce(summed.black_box_count, 0) as bigint) end as black_box_count,
    case when grid.measure_code = 'won' and supported.team_won_amount then cast(coalesce(summed.claimed_amount_base, 0) as decimal(18,2)) end as claimed_amount_base,
    case when grid.measure_code = 'won' and supported.evidenced then cast(coalesce(summed.evidenced_amount_base, 0) as decimal(18,2)) end as evidenced_amount_base,
    coalesce(summed.judged_count, 0) < {{ var('minimum_rate_count') }} as is_withheld,
    {{ withheld_rate('summed.evidenced_count', 'summed.judged_count') }} as evidenced_rate,
    {{ withheld_wilson('summed.evidenced_count', 'summed.judged_count', '-') }} as evidenced_rate_low,
    {{ withheld_wilson('summed.evidenced_count', 'summed.judged_count', '+') }} as evidenced_rate_high
{{ sums_of_grid(keys) }}
cross join supported
