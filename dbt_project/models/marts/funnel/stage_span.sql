{{ config(materialized=step()) }}
{# Time in a stage as pieces of an axis of days, each piece one owner's: (from_days, until_days], NULL from the very beginning. Taken three
   ways: `latest`, the last visit of a deal to a stage, `each`, every visit by itself, and `cumulative`, all its visits to it one after the
   other. What ended it stands in the last piece alone, and each piece goes on where the one before it stopped (late entry), so a visit's days are split by owner while the
   company's curve is that of whole visits. A visit of which nobody knows the beginning has no place on the axis. A deal that had lived before
   anybody looked is in view only because it lived that long: its days before first sight are not at risk (left truncation). #}
{%- set same_stage = 'partition by visits.opportunity_id, visits.stage_set_code, visits.stage_code order by visits.visit_sequence' -%}
with deals as (

    select
        opportunity_id,
        created_date
    from {{ ref('fct_opportunity') }}
    where is_counted

),

first_versions as (

    select * from {{ ref('opportunity_version') }} where version_number = 1

),

{# a first delivery that tells of ended deals too is a register: who stands in it does not stand there for having lasted #}
registers as (

    select distinct source_system
    from first_versions
    where previous_delivered_date is null and is_closed

),

sights as (

    select
        first_versions.opportunity_id,
        first_versions.valid_from_date as sight_date
    from first_versions
    inner join deals on first_versions.opportunity_id = deals.opportunity_id
    left join registers on first_versions.source_system = registers.source_system
    where
        registers.source_system is null
        and coalesce(first_versions.previous_delivered_date is null or deals.created_date <= first_versions.previous_delivered_date, false)

),

visits as (

    select
        visits.*,
        cast(greatest(coalesce({{ days_between('visits.entered_date', 'sights.sight_date') }}, 0), 0) as decimal(18,9)) as unseen_days,
        coalesce(sum(visits.visit_days) over ({{ same_stage }} rows between unbounded preceding and 1 preceding), 0) as days_before,
        lead(visits.visit_sequence) over ({{ same_stage }}) is null as is_latest,
        max(case when visits.is_entry_censored then 1 else 0 end) over (
            partition by visits.opportunity_id, visits.stage_set_code, visits.stage_code
        ) = 1 as is_any_entry_censored,
        first_value(visits.entered_date) over ({{ same_stage }}) as first_entered_date
    from {{ ref('fct_stage_visit') }} as visits
    inner join deals on visits.opportunity_id = deals.opportunity_id
    left join sights on visits.opportunity_id = sights.opportunity_id
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
        visits.visit_days,
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
        stage_visit_id,
        owner_at_entry_id as owner_id,
        cast(null as date) as piece_date,
        cast(0 as decimal(18,9)) as age_days
    from {{ ref('stage_visit_attribution') }}
    union all
    select stage_visit_id, owner_id, piece_date, age_days
    from handed_over
    where recency_number = 1 and age_days < visit_days

),

pieces as (

    select
        *,
        lead(age_days) over (partition by stage_visit_id order by age_days) as next_age_days
    from starts

),

placed as (

    {% for span in ['latest', 'each', 'cumulative'] -%}
    {%- set is_added = span == 'cumulative' -%}
    {%- set offset = 'visits.days_before' if is_added else 'cast(0 as decimal(18,9))' %}
    select
        '{{ span }}' as span_code,
        visits.opportunity_id,
        visits.stage_set_code,
        visits.stage_code,
        {{ 'visits.visit_sequence' if span == 'each' else '0' }} as stay_number,
        {{ 'visits.first_entered_date' if is_added else 'visits.entered_date' }} as cohort_date,
        {{ 'visits.is_any_entry_censored' if is_added else 'visits.is_entry_censored' }} as is_start_unknown,
        pieces.owner_id,
        coalesce(pieces.piece_date, visits.entered_date) as piece_date,
        visits.visit_sequence,
        {{ 'true' if span == 'each' else 'visits.is_latest' }} as is_latest,
        visits.ended_by_code,
        visits.unseen_days,
        cast({{ offset }} + greatest(pieces.age_days, visits.unseen_days) as decimal(18,9)) as from_days,
        cast({{ offset }} + coalesce(pieces.next_age_days, visits.visit_days) as decimal(18,9)) as until_days
    from pieces
    inner join visits on pieces.stage_visit_id = visits.stage_visit_id
    {{ 'where visits.is_latest' if span == 'latest' }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

{# a piece without length has no days to give; where a deal has no other, it was in the stage for no time at all, or not in sight #}
ordered as (

    select
        *,
        row_number() over (
            partition by span_code, opportunity_id, stage_set_code, stage_code, stay_number
            order by case when until_days > from_days then 1 else 0 end desc, visit_sequence desc, until_days desc, from_days desc
        ) as recency_number,
        max(case when is_latest then ended_by_code end) over (
            partition by span_code, opportunity_id, stage_set_code, stage_code, stay_number
        ) as last_ended_by_code
    from placed

)

select
    span_code,
    opportunity_id,
    stage_set_code,
    stage_code,
    case when not is_start_unknown then cohort_date end as cohort_date,
    is_start_unknown,
    not is_start_unknown and until_days <= from_days and (from_days > 0 or unseen_days > 0) as is_out_of_sight,
    owner_id,
    piece_date,
    case when from_days > 0 then from_days end as from_days,
    until_days,
    recency_number = 1 as is_last,
    case
        when recency_number > 1 then null
        when last_ended_by_code in ('advanced', 'won') then 'advanced'
        when last_ended_by_code in ('moved_back', 'lost', 'open') then last_ended_by_code
        else 'vanished'
    end as end_code
from ordered
where recency_number = 1 or until_days > from_days
