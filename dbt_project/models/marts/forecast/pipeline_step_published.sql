{{ config(materialized=step()) }}
{# A deal's life as it was published: what a night showed holds until the next one. A deal that the next publication lacks was withdrawn:
   the delivery that told of it is gone. One that goes on in another source was published under the number it had: it is told under today's, but for nights
   that showed both. #}
with nights as (

    select published_date, lead(published_date) over (order by published_date) as next_published_date
    from (select distinct published_date from {{ ref('opportunity_as_published') }}) as published

),

continued as (

    select
        deals.published_date,
        deals.opportunity_id as published_id,
        parts.opportunity_id,
        row_number() over (partition by deals.published_date, parts.opportunity_id order by parts.part_number desc) as part_rank
    from {{ ref('opportunity_as_published') }} as deals
    inner join {{ ref('opportunity_continuation') }} as parts on deals.opportunity_id = parts.opportunity_continuation_id

),

named as (

    select
        deals.*,
        coalesce(continued.opportunity_id, deals.opportunity_id) as deal_id
    from {{ ref('opportunity_as_published') }} as deals
    left join continued
        on deals.opportunity_id = continued.published_id and deals.published_date = continued.published_date and continued.part_rank = 1

),

shown as (

    select
        deals.*,
        nights.next_published_date,
        lead(deals.published_date) over (partition by deals.deal_id order by deals.published_date) as next_shown_date
    from named as deals
    inner join nights on deals.published_date = nights.published_date

)

select
    'as_published' as view_code,
    deal_id as opportunity_id,
    cast({{ days_between("cast('1970-01-01' as date)", 'published_date') }} as bigint) * 2 as step_number,
    published_date as from_date,
    coalesce(
        status_code, {# publications before that column was kept #}
        case
            when is_closed and is_won then 'won'
            when is_closed then 'lost'
            when is_vanished then 'vanished'
            else 'open'
        end
    ) as status_code,
    false as is_reconstructed,
    owner_id,
    amount,
    currency_code,
    expected_close_date,
    amount_base,
    created_date,
    closed_date,
    stage_set_code,
    stage_code
from shown
union all
select
    'as_published' as view_code,
    deal_id as opportunity_id,
    cast({{ days_between("cast('1970-01-01' as date)", 'published_date') }} as bigint) * 2 + 1 as step_number,
    next_published_date as from_date,
    'withdrawn' as status_code,
    false as is_reconstructed,
    owner_id,
    amount,
    currency_code,
    expected_close_date,
    cast(null as decimal(18,2)) as amount_base,
    created_date,
    closed_date,
    stage_set_code,
    stage_code
from shown
where next_published_date is not null and next_published_date < coalesce(next_shown_date, cast('9999-12-31' as date))
