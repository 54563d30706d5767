{# One playbook loss reason per text: the word of the source, else the code itself. #}
with written as (

    select source_loss_reason as reference_text, loss_reason_code, _row_number, _record_key
    from {{ ref('stg_record__loss_reason') }}
    where source_loss_reason is not null
    union all
    select loss_reason_code, loss_reason_code, _row_number, _record_key
    from {{ ref('stg_record__loss_reason') }}

),

ranked as (

    select *, row_number() over (partition by reference_text order by _row_number, _record_key, loss_reason_code) as row_rank
    from written
    where reference_text is not null

)

select reference_text, loss_reason_code
from ranked
where row_rank = 1
