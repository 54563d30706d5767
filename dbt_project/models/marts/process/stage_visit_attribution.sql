{# Who owned the deal when a visit began and when it ended: the owner known before the day, since a hand-over and a move that
   arrive in one delivery cannot be told apart. What was done meanwhile: activities that name the deal. #}
with visits as (

    select * from {{ ref('fct_stage_visit') }}

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

activities as (

    select * from {{ ref('fct_activity') }} where is_done and not is_vanished and opportunity_id is not null and activity_date is not null

),

has_source as (

    select count(*) as activity_count from {{ ref('fct_activity') }}

),

counted as (

    select
        visits.stage_visit_id,
        count(*) as activity_count
    from visits
    inner join activities
        on visits.opportunity_id = activities.opportunity_id
        and activities.activity_date >= coalesce({{ business_date('visits.entered_not_before_at') }}, visits.entered_date)
        and activities.activity_date <= coalesce(visits.exited_date, {{ as_of_date() }})
    group by visits.stage_visit_id

)

select
    visits.stage_visit_id,
    visits.opportunity_id,
    entry_version.owner_id as owner_at_entry_id,
    exit_version.owner_id as owner_at_exit_id,
    case when has_source.activity_count > 0 then cast(coalesce(counted.activity_count, 0) as bigint) end as activity_count,
    visits.ended_by_code in ('advanced', 'won') and not visits.is_won_stage as is_forward_move
from visits
cross join has_source
left join counted on visits.stage_visit_id = counted.stage_visit_id
left join versions as entry_version
    on visits.opportunity_id = entry_version.opportunity_id
    and entry_version.known_from_date <= visits.entered_date and visits.entered_date < entry_version.known_until_date
left join versions as exit_version
    on visits.opportunity_id = exit_version.opportunity_id
    and exit_version.known_from_date < visits.exited_date and visits.exited_date <= exit_version.known_until_date
