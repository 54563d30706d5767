with opportunities as (

    select * from {{ ref('opportunity') }}

),

{# a win or a loss outlives the row that told of it; one that lies after the as-of date has not happened #}
standing as (

    select
        *,
        case
            when merged_into_opportunity_id is not null then 'merged'
            when is_deleted then 'deleted'
            when is_vanished then 'vanished'
        end as gone_code
    from opportunities
    where not is_closed or closed_date > {{ as_of_date() }} or merged_into_opportunity_id is not null

),

marked as (

    select
        opportunity_id,
        min(valid_from_at) as marked_at,
        min(valid_from_date) as marked_date
    from {{ ref('opportunity_version') }}
    where is_deleted or merged_into_opportunity_id is not null
    group by opportunity_id

)

select
    standing.opportunity_id,
    standing.gone_code,
    standing.owner_id,
    case when standing.gone_code = 'vanished' then standing.vanished_at else marked.marked_at end as gone_at,
    case when standing.gone_code = 'vanished' then standing.vanished_date else marked.marked_date end as gone_date,
    standing.is_vanished and standing.is_vanishing_uncertain as is_uncertain
from standing
left join marked on standing.opportunity_id = marked.opportunity_id
where standing.gone_code is not null
