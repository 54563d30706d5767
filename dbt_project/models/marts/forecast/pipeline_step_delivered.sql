{{ config(materialized=step()) }}
{# A deal's life as it was delivered: what the deliveries dated up to a day said on that day. A version, or the hole after it, is cut in
   two where its close date lies ahead: until then the deal is what it would be without the close. Each version is judged by the stage set that its
   own fields chose. A result belongs to the owner who was known on the close date before it was told, as in opportunity_close. #}
{%- set in_order = 'partition by opportunity_id order by version_number' -%}
{%- set forever = "cast('9999-12-31' as date)" -%}
with told as (

    select
        *,
        case when own_is_won then 'won' when own_is_lost then 'lost' else 'none' end as result_code,
        coalesce(lead(valid_from_date) over ({{ in_order }}), {{ forever }}) as next_from_date
    from {{ ref('opportunity_version') }}

),

compared as (

    select *, coalesce(lag(result_code) over ({{ in_order }}), '') as last_result_code
    from told

),

versions as (

    select
        *,
        max(case when result_code <> last_result_code then version_number else 0 end) over (
            {{ in_order }} rows between unbounded preceding and current row
        ) - 1 as last_other_number,
        {{ last_known('case when not own_is_closed then own_stage_code end', in_order ~ ' rows between unbounded preceding and current row') }} as last_open_stage_code,
        case when ended_by_code = 'vanished' then valid_to_date else next_from_date end as valid_until_date,
        case
            when merged_into_opportunity_id is not null then 'merged'
            when result_code <> 'none' then result_code
            when own_is_closed then 'closed_unknown'
        end as close_code,
        case when merged_into_opportunity_id is null then coalesce(closed_date, valid_from_date) else valid_from_date end as close_date
    from compared

),

{# the version itself, and the hole it left when it vanished #}
held as (

    select versions.*, 0 as hole_number, valid_from_date as from_date, valid_until_date as until_date from versions
    union all
    select versions.*, 2 as hole_number, valid_until_date as from_date, next_from_date as until_date from versions
    where ended_by_code = 'vanished'

),

cut as (

    select
        held.*,
        0 as part_number,
        from_date as part_from_date,
        case when hole_number = 2 then 'vanished' when is_deleted then 'deleted' else 'open' end as status_code
    from held
    where close_code is null or from_date < close_date
    union all
    select held.*, 1 as part_number, greatest(from_date, close_date) as part_from_date, close_code as status_code
    from held
    where close_code is not null and (close_date < until_date or close_date <= from_date)

),

attributed as (

    select
        cut.*,
        case when cut.status_code in ('won', 'lost') and cut.last_other_number > 0
            then greatest(least(coalesce(known.version_number, 1), cut.last_other_number), 1)
            else cut.version_number
        end as owner_version_number
    from cut
    left join told as known
        on cut.opportunity_id = known.opportunity_id
        and cut.close_date >= known.valid_from_date and cut.close_date < known.next_from_date

)

select
    'as_delivered' as view_code,
    attributed.opportunity_id,
    attributed.version_number * 4 + attributed.hole_number + attributed.part_number as step_number,
    attributed.part_from_date as from_date,
    attributed.status_code,
    false as is_reconstructed,
    owners.owner_id,
    attributed.amount,
    attributed.currency_code,
    attributed.expected_close_date,
    case when attributed.part_number = 1 then {{ base_amount('attributed.amount', 'attributed.currency_code', 'rates.exchange_rate') }} end as amount_base,
    attributed.created_date,
    attributed.closed_date,
    attributed.own_stage_set_code as stage_set_code,
    case when attributed.close_code is null then attributed.own_stage_code else attributed.last_open_stage_code end as stage_code
from attributed
inner join told as owners
    on attributed.opportunity_id = owners.opportunity_id and attributed.owner_version_number = owners.version_number
left join {{ ref('exchange_rate_span') }} as rates
    on attributed.currency_code = rates.currency_code
    and attributed.close_date >= rates.valid_from_date and attributed.close_date < rates.valid_until_date
