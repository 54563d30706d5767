{# Spans of a deal's life in which nothing of interest changed, as known now. Events of one instant make one span; moves of one instant one
   each. Before the first delivery owner, customer and currency are those first told; amount, close date, category and probability are
   NULL where an earlier delivery ought to have told them, or none could. The last span says what the record itself says now. #}
{%- set base = var('base_currency') -%}
{%- set told = ['stage_set_code', 'owner_id', 'customer_id', 'currency_code'] -%}
{%- set recorded = ['amount', 'expected_close_date', 'forecast_category_code', 'source_probability_rate'] -%}
{%- set state = ['version_in_force_number', 'last_move_number', 'event_date', 'gone_code', 'is_closed_unknown', 'is_unmapped', 'is_outside', 'visit_sequence'] -%}
with versions as (

    select * from {{ ref('opportunity_version') }}

),

moves as (

    select * from {{ ref('fct_stage_move') }}

),

instants as (

    select
        opportunity_id,
        event_number,
        {%- for column in state %}
        {{ column }},
        lag({{ column }}) over in_order as last_{{ column }},
        {%- endfor %}
        lag(event_number) over in_order is null as is_first,
        lead(event_number) over in_order is null as is_last
    from {{ ref('opportunity_event') }}
    where is_instant_end
    window in_order as (partition by opportunity_id order by event_number)

),

{# each instant beside the one before it #}
beside as (

    select
        instants.*,
        {%- for prefix, version, move in [('', 'version', 'move'), ('last_', 'last_version', 'last_move')] %}
        {%- for column in told %}
        {{ version }}.{{ column }} as {{ prefix }}{{ column }},
        {%- endfor %}
        {{ is_reconstructed('instants.' ~ prefix, version, move) }} as {{ prefix }}is_reconstructed,
        {%- for column in recorded %}
        case when not {{ is_reconstructed('instants.' ~ prefix, version, move) }} then {{ version }}.{{ column }} end as {{ prefix }}{{ column }},
        {%- endfor %}
        {{ believed_status('instants.' ~ prefix, move) }} as {{ prefix }}believed_status_code,
        case when not instants.{{ prefix }}is_unmapped then {{ move }}.to_stage_code end as {{ prefix }}believed_stage_code,
        case when not instants.{{ prefix }}is_outside then instants.{{ prefix }}visit_sequence end as {{ prefix }}visit_number,
        {%- endfor %}
        version.previous_delivered_date,
        case when version.is_closed then version.closed_date else move.moved_date end as closed_date,
        current_state.status_code as current_status_code,
        current_state.stage_code as current_stage_code,
        coalesce(move.move_code = 'created' or current_state.created_date = instants.event_date, false) as is_creation
    from instants
    inner join versions as version
        on instants.opportunity_id = version.opportunity_id and coalesce(instants.version_in_force_number, 1) = version.version_number
    inner join versions as last_version
        on instants.opportunity_id = last_version.opportunity_id and coalesce(instants.last_version_in_force_number, 1) = last_version.version_number
    inner join {{ ref('fct_opportunity') }} as current_state on instants.opportunity_id = current_state.opportunity_id
    left join moves as move on instants.opportunity_id = move.opportunity_id and instants.last_move_number = move.move_number
    left join moves as last_move on instants.opportunity_id = last_move.opportunity_id and instants.last_last_move_number = last_move.move_number

),

settled as (

    select
        *,
        case when is_last then current_status_code else believed_status_code end as status_code,
        case when is_last then current_stage_code else believed_stage_code end as stage_code,
        last_believed_status_code as last_status_code,
        last_believed_stage_code as last_stage_code
    from beside

),

coded as (

    select *, {{ started_by_codes(before_rate=true) }} as early_codes, {{ started_by_codes(before_rate=false) }} as late_codes
    from settled

),

spans as (

    select
        opportunity_id,
        event_number,
        event_date,
        status_code,
        stage_code,
        visit_number,
        is_reconstructed,
        {%- for column in told + recorded %}
        {{ column }},
        {%- endfor %}
        early_codes,
        late_codes,
        case when status_code in ('won', 'lost') then closed_date else event_date end as rate_date,
        status_code = 'open' and last_status_code = 'open' and last_event_date < event_date and currency_code = last_currency_code as may_change_rate,
        coalesce(lead(event_date) over in_order, cast('9999-12-31' as date)) as until_date,
        row_number() over in_order as span_number
    from coded
    where early_codes <> '' or late_codes <> ''
    window in_order as (partition by opportunity_id order by event_number)

),

{# an open deal in another currency is worth what the day's rate says; a closed one what that of its close says #}
priced as (

    select *, {{ date_add_days("case when status_code = 'open' then greatest(" ~ date_add_days('until_date', -1) ~ ', event_date) else rate_date end', 1) }} as rate_until_date
    from spans
    where opportunity_id in (select opportunity_id from versions where currency_code <> '{{ base }}')

),

pieces as (

    select
        priced.*,
        case when priced.currency_code = '{{ base }}' then cast(1 as decimal(18,9)) else rates.exchange_rate end as exchange_rate,
        case when priced.status_code = 'open' then greatest(rates.from_date, priced.event_date) else priced.event_date end as from_date,
        case when priced.status_code = 'open' then least(rates.until_date, priced.until_date) else priced.until_date end as piece_until_date,
        coalesce(priced.status_code = 'open' and rates.from_date > priced.event_date, false) as is_later_piece,
        coalesce(priced.may_change_rate and rates.from_date = priced.event_date, false) as is_rate_changed
    from priced
    left join {{ ref('exchange_rate_step') }} as rates
        on priced.currency_code = rates.currency_code and priced.rate_until_date > rates.from_date and priced.rate_date < rates.until_date

),

{%- set kept = ['opportunity_id', 'status_code', 'stage_code', 'visit_number', 'is_reconstructed'] + told + recorded %}
intervals as (

    select
        {%- for column in kept %}
        {{ column }},
        {%- endfor %}
        row_number() over (partition by opportunity_id order by event_number, from_date) as interval_number,
        from_date,
        piece_until_date as until_date,
        exchange_rate,
        case when is_later_piece then '|rate' else concat(early_codes, case when is_rate_changed then '|rate' else '' end, late_codes) end as codes
    from pieces
    union all
    select
        {%- for column in kept %}
        {{ column }},
        {%- endfor %}
        span_number,
        event_date,
        until_date,
        cast(1 as decimal(18,9)),
        concat(early_codes, late_codes)
    from spans
    where opportunity_id not in (select opportunity_id from versions where currency_code <> '{{ base }}')

)

select
    concat(intervals.opportunity_id, '#', cast(intervals.interval_number as string)) as opportunity_interval_id,
    {{ as_of_date() }} as as_of_date,
    intervals.opportunity_id,
    cast(intervals.interval_number as bigint) as interval_number,
    intervals.from_date as valid_from_date,
    intervals.until_date as valid_until_date,
    intervals.until_date > intervals.from_date as is_end_of_day,
    intervals.status_code,
    intervals.is_reconstructed,
    intervals.stage_set_code,
    intervals.stage_code,
    stages.stage_number,
    stages.band_code,
    stages.declared_probability_rate,
    visits.stage_visit_id,
    visits.entered_date as stage_entered_date,
    intervals.owner_id,
    intervals.customer_id,
    intervals.amount,
    intervals.currency_code,
    intervals.exchange_rate,
    case
        when intervals.currency_code = '{{ base }}' then intervals.amount
        else cast(cast(intervals.amount as decimal(19,2)) * intervals.exchange_rate as decimal(18,2))
    end as amount_base,
    intervals.expected_close_date,
    intervals.forecast_category_code,
    intervals.source_probability_rate,
    substring(intervals.codes, 2) as started_by_codes
from intervals
left join {{ ref('dim_stage') }} as stages
    on intervals.stage_set_code = stages.stage_set_code and intervals.stage_code = stages.stage_code and stages.is_current
left join {{ ref('fct_stage_visit') }} as visits
    on intervals.opportunity_id = visits.opportunity_id and intervals.visit_number = visits.visit_sequence
