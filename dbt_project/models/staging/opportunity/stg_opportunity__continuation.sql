{# Records that are one deal: one source's deal goes on in another, which names it (`continues`). The only place that says which record stands for which
   deal, and which of them tells when. Up to the end of `ends_on` of its source the earlier one tells, from then on (or from its own first version on,
   if that is later, or where no end is declared) the one that continues it. One record has one successor: the claim seen first, before claims of records that were gone by then.
   Three records in a row are one deal; of a longer chain, or of a circle, what is too far from its end stands alone. One row per record of such a deal. #}
{%- set along = 'partition by opportunity_id order by hop_count desc' -%}
{%- set day_after_end = date_add_days('ends.ends_on', 1) -%}
with claim as (

    select source_system, _record_key, continues_source as continued_source, continues as continued_key
    from {{ ref('stg_record__opportunity') }}
    where continues is not null
        and is_current
        and continues_by = 'id'
        and continues_source <> source_system

),

span as (

    select
        record.source_system,
        record._record_key,
        min(record._valid_from_at) as first_at,
        min(record._valid_from_date) as first_date,
        max(greatest(record._valid_from_at, coalesce(record._valid_to_at, record._valid_from_at))) as last_told_at,
        max(case when record.is_current then record._valid_to_at end) as gone_at
    from {{ ref('stg_record__opportunity') }} as record
    inner join (
        select source_system, _record_key from claim
        union
        select continued_source, continued_key from claim
    ) as involved
        on record.source_system = involved.source_system and record._record_key = involved._record_key
    group by record.source_system, record._record_key

),

ends as (

    select source_system, max(ends_on) as ends_on
    from {{ source('raw_ledger', 'source') }}
    group by source_system

),

paired as (

    select
        claim.*,
        claimant.first_at,
        claimant.gone_at,
        case
            when ends.ends_on is null then claimant.first_at
            else greatest(claimant.first_at, {{ end_of_business_date('ends.ends_on') }}, continued.last_told_at)
        end as from_at,
        greatest(claimant.first_date, coalesce({{ day_after_end }}, claimant.first_date)) as from_date,
        coalesce({{ day_after_end }}, claimant.first_date) as changes_from_date
    from claim
    inner join span as claimant on claim.source_system = claimant.source_system and claim._record_key = claimant._record_key
    inner join span as continued on claim.continued_source = continued.source_system and claim.continued_key = continued._record_key
    left join ends on claim.continued_source = ends.source_system

),

link as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by continued_source, continued_key
                order by case when gone_at <= from_at then 1 else 0 end, first_at, source_system, _record_key
            ) as claim_rank
        from paired
    ) as ranked
    where claim_rank = 1

),

walked as (

    select
        node.source_system,
        node._record_key,
        concat(
            coalesce(second.source_system, first.source_system, node.source_system), ':', coalesce(second._record_key, first._record_key, node._record_key)
        ) as opportunity_id,
        case when second.source_system is not null then 2 when first.source_system is not null then 1 else 0 end as hop_count
    from (
        select source_system, _record_key from link
        union
        select continued_source, continued_key from link
    ) as node
    left join link as first on node.source_system = first.continued_source and node._record_key = first.continued_key
    left join link as second on first.source_system = second.continued_source and first._record_key = second.continued_key
    left join link as third on second.source_system = third.continued_source and second._record_key = third.continued_key
    where third.source_system is null

),

placed as (

    select
        walked.*,
        row_number() over ({{ along }}) as part_number,
        lag(walked.source_system) over ({{ along }}) as last_source,
        lag(walked._record_key) over ({{ along }}) as last_key,
        span.first_at,
        span.first_date,
        link.from_at as link_from_at,
        link.from_date as link_from_date,
        link.changes_from_date
    from walked
    inner join span on walked.source_system = span.source_system and walked._record_key = span._record_key
    left join link on walked.source_system = link.source_system and walked._record_key = link._record_key

),

bounded as (

    select
        placed.*,
        max(case when part_number > 1 then link_from_at end) over ({{ along }} rows between unbounded preceding and current row) as from_at,
        max(case when part_number > 1 then link_from_date end) over ({{ along }} rows between unbounded preceding and current row) as from_date
    from placed

),

neighboured as (

    select
        *,
        coalesce(from_date <= {{ as_of_date() }}, true) as has_begun,
        case when lead(from_date) over ({{ along }}) <= {{ as_of_date() }} then lead(from_at) over ({{ along }}) end as until_at,
        case when lead(from_date) over ({{ along }}) <= {{ as_of_date() }} then lead(from_date) over ({{ along }}) end as until_date
    from bounded

),

{# when the earlier one was last heard of before it was continued #}
heard as (

    select
        neighboured.source_system,
        neighboured._record_key,
        max(delivery.delivered_at) as delivered_at,
        max(delivery.delivered_date) as delivered_date
    from neighboured
    inner join {{ ref('stg_ledger__delivery') }} as delivery
        on neighboured.last_source = delivery.source_system
        and delivery.entity = 'opportunity'
        and delivery.is_effective
        and delivery.delivered_at < neighboured.from_at
    group by neighboured.source_system, neighboured._record_key

)

select
    neighboured.source_system,
    neighboured._record_key,
    neighboured.opportunity_id,
    cast(neighboured.part_number as bigint) as part_number,
    neighboured.from_at,
    neighboured.from_date,
    neighboured.until_at,
    neighboured.until_date,
    neighboured.has_begun,
    case when neighboured.part_number > 1 then neighboured.changes_from_date end as changes_from_date,
    case
        when coalesce(presence.vanished_at, presence.last_delivered_at) < neighboured.from_at
            then coalesce(presence.vanished_at, presence.last_delivered_at)
        else heard.delivered_at
    end as heard_at,
    case
        when coalesce(presence.vanished_at, presence.last_delivered_at) < neighboured.from_at
            then coalesce(presence.vanished_date, presence.last_delivered_date)
        else heard.delivered_date
    end as heard_date,
    min(case
        when coalesce(neighboured.first_at < neighboured.until_at, true)
            then greatest(neighboured.first_at, coalesce(neighboured.from_at, neighboured.first_at))
    end) over (partition by neighboured.opportunity_id) as first_delivered_at,
    min(case
        when coalesce(neighboured.first_at < neighboured.until_at, true)
            then greatest(neighboured.first_date, coalesce(neighboured.from_date, neighboured.first_date))
    end) over (partition by neighboured.opportunity_id) as first_delivered_date
from neighboured
left join {{ ref('ledger_record') }} as presence
    on neighboured.last_source = presence.source_system
    and neighboured.last_key = presence._record_key
    and presence.entity = 'opportunity'
left join heard on neighboured.source_system = heard.source_system and neighboured._record_key = heard._record_key
