{{ config(materialized='ephemeral') }}
{# Time in a stage as pieces of an axis of days, each piece one owner's: (from_days, until_days], NULL from the very beginning. Taken two ways:
   `latest`, the last visit of a deal to a stage, and `cumulative`, all its visits to it one after the other. What ended it stands in the
   last piece alone, so the pieces of a deal hand it on without a gap: that is how a visit's days are split by owner.
   A deal that was created into its stage came under observation only with its first delivery: those that had left by then are not seen here, so
   it is at risk from its age on that day (left truncation). A visit of which nobody knows the beginning has no place on the axis. #}
with deals as (

    select
        facts.opportunity_id,
        facts.first_delivered_date,
        told.first_delivered_at
    from {{ ref('fct_opportunity') }} as facts
    inner join {{ ref('opportunity') }} as told on facts.opportunity_id = told.opportunity_id
    where facts.is_counted

),

visits as (

    select
        visits.*,
        case
            when visits.stage_change_id = concat(visits.opportunity_id, '#created')
                then {{ elapsed_days('visits.entered_at', 'deals.first_delivered_at', 'visits.entered_date', 'deals.first_delivered_date') }}
        end as unseen_days,
        coalesce(sum(visits.visit_days) over (
            partition by visits.opportunity_id, visits.stage_set_code, visits.stage_code
            order by visits.visit_sequence rows between unbounded preceding and 1 preceding
        ), 0) as days_before,
        row_number() over (
            partition by visits.opportunity_id, visits.stage_set_code, visits.stage_code order by visits.visit_sequence desc
        ) = 1 as is_latest,
        first_value(visits.is_entry_censored) over (
            partition by visits.opportunity_id, visits.stage_set_code, visits.stage_code order by visits.visit_sequence
        ) as is_first_entry_censored,
        min(visits.entered_date) over (partition by visits.opportunity_id, visits.stage_set_code, visits.stage_code) as first_entered_date
    from {{ ref('fct_stage_visit') }} as visits
    inner join deals on visits.opportunity_id = deals.opportunity_id
    where not visits.is_won_stage

),

versions as (

    select
        opportunity_id,
        owner_id,
        valid_from_date,
        version_number,
        lag(owner_id) over (partition by opportunity_id order by version_number) as last_owner_id
    from {{ ref('opportunity_version') }}

),

{# one hand-over a day, the last; one that cannot be dated against the exit is not in the visit #}
handed_over as (

    select
        visits.stage_visit_id,
        versions.owner_id,
        versions.valid_from_date as piece_date,
        cast({{ days_between('visits.entered_date', 'versions.valid_from_date') }} as decimal(18,9)) as age_days,
        row_number() over (partition by visits.stage_visit_id, versions.valid_from_date order by versions.version_number desc) as recency_number
    from versions
    inner join visits
        on versions.opportunity_id = visits.opportunity_id
        and versions.valid_from_date > visits.entered_date
        and versions.valid_from_date < coalesce(visits.exited_date, {{ as_of_date() }})
    where versions.version_number > 1 and versions.owner_id is distinct from versions.last_owner_id

),

starts as (

    select
        visits.stage_visit_id,
        owners.owner_at_entry_id as owner_id,
        visits.entered_date as piece_date,
        cast(0 as decimal(18,9)) as age_days
    from visits
    left join {{ ref('stage_visit_attribution') }} as owners on visits.stage_visit_id = owners.stage_visit_id
    union all
    select
        handed_over.stage_visit_id,
        handed_over.owner_id,
        handed_over.piece_date,
        handed_over.age_days
    from handed_over
    inner join visits on handed_over.stage_visit_id = visits.stage_visit_id
    where handed_over.recency_number = 1 and handed_over.age_days < visits.visit_days

),

pieces as (

    select
        starts.*,
        lead(age_days) over (partition by stage_visit_id order by age_days) as next_age_days
    from starts

),

placed as (

    {% for span, offset in [('latest', 'cast(0 as decimal(18,9))'), ('cumulative', 'visits.days_before')] -%}
    select
        '{{ span }}' as span_code,
        visits.opportunity_id,
        visits.stage_set_code,
        visits.stage_code,
        visits.stage_number,
        {{ 'visits.entered_date' if span == 'latest' else 'visits.first_entered_date' }} as cohort_date,
        {{ 'visits.is_entry_censored' if span == 'latest' else 'visits.is_first_entry_censored' }} as is_start_unknown,
        pieces.owner_id,
        pieces.piece_date,
        visits.visit_sequence,
        visits.is_latest,
        visits.ended_by_code,
        cast({{ offset }} + pieces.age_days as decimal(18,9)) as own_from_days,
        cast({{ offset }} + coalesce(pieces.next_age_days, visits.visit_days) as decimal(18,9)) as until_days,
        cast({{ offset }} + greatest(pieces.age_days, coalesce(visits.unseen_days, 0)) as decimal(18,9)) as from_days,
        coalesce(visits.unseen_days, 0) > 0 as is_seen_late
    from pieces
    inner join visits on pieces.stage_visit_id = visits.stage_visit_id
    {{ 'where visits.is_latest' if span == 'latest' }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

{# a piece without length has no days to give; where a deal has no other, it was in the stage for no time at all #}
ordered as (

    select
        *,
        row_number() over (
            partition by span_code, opportunity_id, stage_set_code, stage_code
            order by case when until_days > own_from_days then 1 else 0 end desc, visit_sequence desc, own_from_days desc
        ) as recency_number,
        max(case when is_latest then ended_by_code end) over (partition by span_code, opportunity_id, stage_set_code, stage_code) as last_ended_by_code
    from placed

)

select
    span_code,
    opportunity_id,
    stage_set_code,
    stage_code,
    stage_number,
    case when not is_start_unknown then cohort_date end as cohort_date,
    is_start_unknown,
    owner_id,
    piece_date,
    case when from_days > 0 then from_days end as from_days,
    until_days,
    recency_number = 1 as is_last,
    case
        when recency_number > 1 then null
        when last_ended_by_code in ('advanced', 'won') then 'advanced'
        when last_ended_by_code in ('moved_back', 'lost') then last_ended_by_code
        when last_ended_by_code = 'open' then 'open'
        else 'vanished'
    end as end_code,
    not is_start_unknown and (until_days > from_days or (recency_number = 1 and until_days = 0 and not is_seen_late)) as is_at_risk
from ordered
where recency_number = 1 or until_days > own_from_days
