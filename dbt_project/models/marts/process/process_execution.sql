{# How the process is carried out: moves out of each stage and whether they were earned, in the name of the owner on the day of the move and of that
   day's team, each move once in every team above. Beside the stages their total, `all`. #}
{%- set sums = ['move_count', 'applicable_count', 'passed_strict_count', 'passed_lenient_count', 'passed_latest_strict_count', 'skip_count', 'nothing_required_count'] -%}
{%- set keys = ['stage_set_code', 'from_stage_code'] -%}
with moves as (

    select
        stage_set_code,
        from_stage_code,
        moved_date as happened_date,
        owner_id,
        team_id,
        count(*) as move_count,
        {{ count_where('is_applicable') }} as applicable_count,
        {{ count_where("result_strict_code = 'passed'") }} as passed_strict_count,
        {{ count_where("result_lenient_code = 'passed'") }} as passed_lenient_count,
        {{ count_where("result_latest_strict_code = 'passed'") }} as passed_latest_strict_count,
        {{ count_where('skipped_stage_codes is not null') }} as skip_count,
        {{ count_where("not_applicable_code = 'nothing_required'") }} as nothing_required_count
    from {{ ref('gate_result') }}
    where move_code in ('forward', 'won') and from_stage_code is not null
    group by stage_set_code, from_stage_code, moved_date, owner_id, team_id

),

counted as (

    select * from moves
    union all
    select
        'all' as stage_set_code,
        'all' as from_stage_code,
        happened_date,
        owner_id,
        team_id,
        {%- for sum in sums %}
        sum({{ sum }}) as {{ sum }}{{ ',' if not loop.last }}
        {%- endfor %}
    from moves
    group by happened_date, owner_id, team_id

),

{{ summed_by_scope_and_period(keys, sums) }},

{{ grid_of_periods(keys, "from_stage_code = 'all'") }}

select
    {{ grid_id(keys) }} as process_execution_id,
    {{ as_of_date() }} as as_of_date,
    grid.scope_code,
    grid.scope_id,
    grid.period_kind_code,
    grid.period_code,
    periods.period_start_date,
    periods.period_end_date,
    grid.stage_set_code,
    grid.from_stage_code,
    {%- for sum in sums %}
    cast(coalesce(summed.{{ sum }}, 0) as bigint) as {{ sum }},
    {%- endfor %}
    coalesce(summed.applicable_count, 0) < {{ var('minimum_rate_count') }} as is_withheld,
    {%- for measure in ['strict', 'lenient', 'latest_strict'] %}
    {{ withheld_rate('summed.passed_' ~ measure ~ '_count', 'summed.applicable_count') }} as passed_{{ measure }}_rate,
    {{ withheld_wilson('summed.passed_' ~ measure ~ '_count', 'summed.applicable_count', '-') }} as passed_{{ measure }}_rate_low,
    {{ withheld_wilson('summed.passed_' ~ measure ~ '_count', 'summed.applicable_count', '+') }} as passed_{{ measure }}_rate_high{{ ',' if not loop.last }}
    {%- endfor %}
{{ sums_of_grid(keys) }}
