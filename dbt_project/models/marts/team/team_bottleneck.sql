{# Where each team leaks: of the exits from a stage, how many were losses or disappearances, beside the rest of the company. The stage that
   leaks most stands out only where both sides have enough exits and their intervals do not meet; else the table is silent about it. #}
with exits as (

    select
        scope_code,
        scope_id,
        period_kind_code,
        period_code,
        period_start_date,
        period_end_date,
        stage_set_code,
        stage_code,
        stage_number,
        exit_count,
        lost_exit_count + vanished_exit_count as leaked_count
    from {{ ref('stage_conversion') }}
    where period_kind_code in ('all', 'trailing_365_days', 'fiscal_year')

),

beside as (

    select
        team.*,
        company.exit_count - team.exit_count as rest_exit_count,
        company.leaked_count - team.leaked_count as rest_leaked_count
    from exits as team
    inner join exits as company
        on team.period_kind_code = company.period_kind_code and team.period_code = company.period_code
        and team.stage_set_code = company.stage_set_code and team.stage_code = company.stage_code
    where team.scope_code = 'team' and team.scope_id is not null and company.scope_code = 'company'

),

rated as (

    select
        *,
        {{ withheld_rate('leaked_count', 'exit_count') }} as leaked_rate,
        {{ withheld_wilson('leaked_count', 'exit_count', '-') }} as leaked_rate_low,
        {{ withheld_wilson('leaked_count', 'exit_count', '+') }} as leaked_rate_high,
        {{ withheld_rate('rest_leaked_count', 'rest_exit_count') }} as rest_leaked_rate,
        {{ withheld_wilson('rest_leaked_count', 'rest_exit_count', '-') }} as rest_leaked_rate_low,
        {{ withheld_wilson('rest_leaked_count', 'rest_exit_count', '+') }} as rest_leaked_rate_high
    from beside

),

judged as (

    select
        *,
        coalesce(leaked_rate_low > rest_leaked_rate_high, false) as is_worse,
        row_number() over (
            partition by scope_id, period_kind_code, period_code, stage_set_code
            order by case when leaked_rate_low > rest_leaked_rate_high then leaked_rate - rest_leaked_rate end desc nulls last, stage_number
        ) as leak_rank
    from rated

)

select
    concat({{ scope_period_key('judged') }}, ':', judged.stage_set_code, ':', judged.stage_code) as team_bottleneck_id,
    {{ scope_period_columns('judged') }},
    judged.stage_set_code,
    judged.stage_code,
    judged.stage_number,
    judged.exit_count,
    judged.leaked_count,
    judged.leaked_rate,
    judged.leaked_rate_low,
    judged.leaked_rate_high,
    judged.rest_exit_count,
    judged.rest_leaked_count,
    judged.rest_leaked_rate,
    judged.rest_leaked_rate_low,
    judged.rest_leaked_rate_high,
    judged.leaked_rate is null or judged.rest_leaked_rate is null as is_withheld,
    judged.is_worse and judged.leak_rank = 1 as is_bottleneck
from judged
