{# every deal reached the first stage; one that got further passed all below. A loss reaches nothing more. #}
with opportunities as (

    select * from {{ ref('fct_opportunity') }} where is_counted

),

stages as (

    select * from {{ ref('dim_stage') }} where is_current and not is_lost and stage_number is not null

),

entered as (

    select
        opportunity_id,
        stage_code,
        min(entered_date) as first_entered_date
    from {{ ref('fct_stage_visit') }}
    group by opportunity_id, stage_code

),

numbered as (

    select
        stages.*,
        min(stage_number) over (partition by stage_set_code) as first_stage_number
    from stages

)

select
    concat(opportunities.opportunity_id, '#', numbered.stage_code) as stage_reached_id,
    opportunities.opportunity_id,
    numbered.stage_set_code,
    numbered.stage_code,
    numbered.stage_number,
    case
        when entered.stage_code is not null then 'entered'
        when opportunities.furthest_stage_number is null then 'assumed'
        else 'passed'
    end as reached_code,
    entered.first_entered_date
from opportunities
inner join numbered on opportunities.stage_set_code = numbered.stage_set_code
left join entered on opportunities.opportunity_id = entered.opportunity_id and numbered.stage_code = entered.stage_code
where
    entered.stage_code is not null
    or numbered.stage_number < opportunities.furthest_stage_number
    or numbered.stage_number = numbered.first_stage_number
