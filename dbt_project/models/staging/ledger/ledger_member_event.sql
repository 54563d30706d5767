{# Rows that say something new within their scope: first held, other content, refused, back again. The rest repeats the delivery prior_row. #}
with step as (

    select * from {{ ref('ledger_step') }}
    where delivery_kind = 'delta' or previous_membership_id is null or membership_id <> previous_membership_id

),

membership as (

    select *, coalesce(_record_hash, '') as content
    from {{ source('raw_ledger', 'membership') }}
    where _record_key is not null

),

told as (

    select step.*, membership._record_key, membership._record_hash, membership._sheet, membership._row_number, membership._is_refused
    from step
    inner join membership on step.membership_id = membership._membership_id
    left join membership as prior_row
        on step.previous_membership_id = prior_row._membership_id
        and membership._record_key = prior_row._record_key
        and membership.content = prior_row.content
    where prior_row._record_key is null or step.delivery_kind = 'delta'

),

numbered as (

    select
        *,
        row_number() over (
            partition by source_system, entity, delivery_order, _record_key
            order by _is_refused, _sheet nulls last, _row_number nulls last, _record_hash nulls last
        ) as row_rank
    from told

)

select
    source_system,
    entity,
    scope,
    delivery_order,
    delivery_id,
    delivered_at,
    delivered_date,
    latest_complete_at,
    latest_complete_date,
    previous_delivered_at,
    previous_delivered_date,
    is_partial,
    _loaded_at,
    _record_key,
    _record_hash,
    original_name as _source_file,
    _sheet,
    _row_number,
    _is_refused as is_refused
from numbered
where row_rank = 1
