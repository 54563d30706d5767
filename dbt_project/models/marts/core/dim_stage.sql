with stages as (

    select * from {{ ref('stage') }}

),

begun as (

    select
        *,
        row_number() over (
            partition by stage_set_code, stage_code
            order by coalesce(valid_from_date, cast('0001-01-01' as date)) desc, stage_id desc
        ) as age_number
    from stages
    where coalesce(valid_from_date, cast('0001-01-01' as date)) <= {{ as_of_date() }}

)

select
    begun.stage_id,
    begun.stage_set_code,
    begun.stage_code,
    begun.stage_number,
    begun.stage_name_en,
    begun.stage_name_zh_hant,
    begun.band_code,
    begun.declared_probability_rate,
    begun.stall_days,
    begun.required_fields,
    begun.is_won,
    begun.is_lost,
    begun.valid_from_date,
    begun.valid_to_date,
    begun.age_number = 1 as is_current,
    begun.age_number = 1 and coalesce(begun.valid_to_date >= {{ as_of_date() }}, true) as is_in_force
from begun
