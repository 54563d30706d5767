{# Who owned the deal when a visit began and when it ended: the owner known before the day, since a hand-over and a move that
   arrive in one delivery cannot be told apart. What was done meanwhile: what was counted up to its last day less what was counted before its
   first, walked in order of days, so that a deal with very many visits holds no activity against each of them. #}
with visits as (

    select
        *,
        coalesce(case when not is_entry_censored then {{ business_date('entered_not_before_at') }} end, entered_date) as from_date,
        coalesce(exited_date, {{ as_of_date() }}) as to_date
    from {{ ref('fct_stage_visit') }}

),

versions as (

    select
        opportunity_id,
        version_number,
        owner_id,
        case when version_number = 1 then cast('0001-01-01' as date) else valid_from_date end as known_from_date,
        coalesce(
            lead(valid_from_date) over (partition by opportunity_id order by version_number),
            cast('9999-12-31' as date)
        ) as known_until_date
    from {{ ref('opportunity_version') }}

),

marks as (

    select opportunity_id, activity_date as mark_date, 1 as mark_rank, 1 as activity_count, cast(null as string) as stage_visit_id
    from {{ ref('activity_link') }}
    where is_counted and activity_date is not null
    union all
    select opportunity_id, from_date, 0, 0, stage_visit_id from visits
    union all
    select opportunity_id, to_date, 2, 0, stage_visit_id from visits

),

walked as (

    select
        stage_visit_id,
        mark_rank,
        sum(activity_count) over (partition by opportunity_id order by mark_date, mark_rank range between unbounded preceding and current row) as so_far_count
    from marks

),

has_source as (

    select count(*) as activity_count from {{ ref('fct_activity') }}

),

counted as (

    select
        stage_visit_id,
        sum(case mark_rank when 2 then so_far_count else -so_far_count end) as activity_count
    from walked
    where stage_visit_id is not null
    group by stage_visit_id

),

supported as (

    {{ supported_measures(['visit_activities']) }}

)

select
    visits.stage_visit_id,
    visits.opportunity_id,
    entry_version.owner_id as owner_at_entry_id,
    exit_version.owner_id as owner_at_exit_id,
    case when supported.visit_activities then case when has_source.activity_count > 0 then cast(coalesce(counted.activity_count, 0) as bigint) end end as activity_count,
    visits.ended_by_code in ('advanced', 'won') and not visits.is_won_stage as is_forward_move
from visits
cross join supported
cross join has_source
left join counted on visits.stage_visit_id = counted.stage_visit_id
left join versions as entry_version
    on visits.opportunity_id = entry_version.opportunity_id
    and entry_version.known_from_date <= visits.entered_date and visits.entered_date < entry_version.known_until_date
left join versions as exit_version
    on visits.opportunity_id = exit_version.opportunity_id
    and exit_version.known_from_date < visits.exited_date and visits.exited_date <= exit_version.known_until_date
