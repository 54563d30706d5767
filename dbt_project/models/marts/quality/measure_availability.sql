{# Whether the data of each source of deals support each published measure. Of several reasons the one that the reader can mend first, by their order. #}
with asked as (

    select measure_code, {{ each_part('requirement_codes') }} as requirement_code from {{ ref('measure') }}
    union
    select measure_code, 'deal' as requirement_code from {{ ref('measure') }}

),

needs as (

    select
        support.source_system,
        support.as_of_date,
        asked.measure_code,
        requirements.requirement_code,
        requirements.requirement_order,
        support.is_met
    from {{ ref('measure_support') }} as support
    inner join {{ ref('measure_requirement') }} as requirements on support.requirement_code = requirements.requirement_code
    inner join asked on requirements.requirement_code = asked.requirement_code

),

judged as (

    select
        source_system,
        as_of_date,
        measure_code,
        min(case when not is_met then requirement_order end) as first_unmet_order,
        {{ text_agg_sorted('case when not is_met then requirement_code end', '|', 'requirement_order') }} as missing_requirement_codes
    from needs
    group by source_system, as_of_date, measure_code

)

select
    concat(judged.source_system, ':', judged.measure_code) as measure_availability_id,
    judged.as_of_date,
    judged.source_system,
    judged.measure_code,
    measures.measure_name_en,
    measures.measure_name_zh_hant,
    measures.table_name,
    measures.row_filter,
    measures.column_names,
    judged.first_unmet_order is null as is_available,
    reasons.reason_code,
    reasons.reason_en,
    reasons.reason_zh_hant,
    nullif(judged.missing_requirement_codes, '') as missing_requirement_codes
from judged
inner join {{ ref('measure') }} as measures on judged.measure_code = measures.measure_code
left join {{ ref('measure_requirement') }} as reasons on judged.first_unmet_order = reasons.requirement_order
