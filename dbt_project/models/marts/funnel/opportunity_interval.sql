{# Spans of a deal's life in which nothing of interest changed, as known now. Events of one instant make one span; moves of one instant one
   each. Before the first delivery owner, customer and currency are those first told; amount, close date, category and probability are
   NULL where an earlier delivery ought to have told them, or none could. #}
{%- set base = var('base_currency') -%}
{%- set told = ['stage_set_code', 'owner_id', 'customer_id', 'currency_code', 'amount', 'expected_close_date', 'forecast_category_code',
    'source_probability_rate'] -%}
{%- set differs = ['status_code', 'is_reconstructed', 'stage_set_code', 'stage_code', 'stage_visit_id', 'owner_id', 'customer_id', 'amount', 'currency_code',
    'expected_close_date', 'forecast_category_code', 'source_probability_rate'] -%}
with events as (

    select
        *,
        lead(event_date) over in_order as next_date,
        lead(sort_at) over in_order as next_sort_at,
        lead(kind_code) over in_order as next_kind_code
    from {{ ref('opportunity_event') }}
    window in_order as (partition by opportunity_id order by event_number)

),

created as (

    select distinct opportunity_id
    from events
    where kind_code = 'created' or stage_change_id = concat(opportunity_id, '#created')

),

instants as (

    select *, next_kind_code is null as is_last
    from events
    where
        next_kind_code is null or next_date <> event_date or next_sort_at <> sort_at
        or (kind_code = 'moved' and next_kind_code = 'moved')

),

versions as (

    select * from {{ ref('opportunity_version') }}

),

moves as (

    select * from {{ ref('fct_stage_move') }}

),

known as (

    select
        instants.opportunity_id,
        instants.event_number,
        instants.event_date,
        instants.is_last,
        instants.version_in_force_number,
        {%- for column in told %}
        versions.{{ column }},
        {%- endfor %}
        case when versions.is_closed then versions.closed_date else moves.moved_date end as closed_date,
        versions.previous_delivered_date,
        instants.version_in_force_number is null
            and coalesce(instants.event_date <= versions.previous_delivered_date, true)
            and not (versions.is_closed and coalesce(moves.move_code in ('won', 'lost'), instants.is_closed_unknown)) as is_reconstructed,
        case when instants.is_last then current_state.status_code
            when instants.gone_code = 'merged' then 'merged'
            when moves.move_code in ('won', 'lost') then moves.move_code
            when instants.gone_code is not null then instants.gone_code
            when instants.is_closed_unknown then 'closed_unknown'
            else 'open'
        end as status_code,
        case when instants.is_last then current_state.stage_code when not instants.is_unmapped then moves.to_stage_code end as stage_code,
        case when not instants.is_outside then concat(instants.opportunity_id, '#', cast(instants.visit_sequence as string)) end as stage_visit_id
    from instants
    inner join versions
        on instants.opportunity_id = versions.opportunity_id and coalesce(instants.version_in_force_number, 1) = versions.version_number
    inner join {{ ref('fct_opportunity') }} as current_state on instants.opportunity_id = current_state.opportunity_id
    left join moves on instants.opportunity_id = moves.opportunity_id and instants.last_move_number = moves.move_number

),

believed as (

    select
        opportunity_id, event_number, event_date, version_in_force_number, stage_set_code, owner_id, customer_id, currency_code,
        closed_date, previous_delivered_date, is_reconstructed, status_code, stage_code, stage_visit_id,
        {%- for column in ['amount', 'expected_close_date', 'forecast_category_code', 'source_probability_rate'] %}
        case when not is_reconstructed then {{ column }} end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from known

),

compared as (

    select
        *,
        {%- for column in differs %}
        lag({{ column }}) over in_order as last_{{ column }},
        {%- endfor %}
        row_number() over in_order as span_rank
    from believed
    window in_order as (partition by opportunity_id order by event_number)

),

spans as (

    select
        *,
        row_number() over in_order as span_number,
        coalesce(lead(event_date) over in_order, cast('9999-12-31' as date)) as until_date
    from compared
    where
        span_rank = 1
        {%- for column in differs %}
        or {{ column }} is distinct from last_{{ column }}
        {%- endfor %}
    window in_order as (partition by opportunity_id order by event_number)

),

rate_steps as (

    select * from {{ ref('exchange_rate_step') }}

),

{{ pieces_by_rate() }}

coded as (

    select
        numbered.*,
        {{ started_by_codes() }} as codes
    from numbered
    left join created on numbered.opportunity_id = created.opportunity_id

),

stages as (

    select * from {{ ref('dim_stage') }} where is_current

)

select
    concat(coded.opportunity_id, '#', cast(coded.interval_number as string)) as opportunity_interval_id,
    {{ as_of_date() }} as as_of_date,
    coded.opportunity_id,
    cast(coded.interval_number as bigint) as interval_number,
    coded.piece_from_date as valid_from_date,
    coded.piece_until_date as valid_until_date,
    coded.piece_until_date > coded.piece_from_date as is_end_of_day,
    coded.status_code,
    coded.is_reconstructed,
    coded.stage_set_code,
    coded.stage_code,
    stages.stage_number,
    stages.band_code,
    stages.declared_probability_rate,
    coded.stage_visit_id,
    visits.entered_date as stage_entered_date,
    coded.owner_id,
    coded.customer_id,
    coded.amount,
    coded.currency_code,
    coded.exchange_rate,
    {{ base_amount('coded.amount', 'coded.currency_code', 'coded.exchange_rate') }} as amount_base,
    coded.expected_close_date,
    coded.forecast_category_code,
    coded.source_probability_rate,
    nullif(substring(coded.codes, 2), '') as started_by_codes
from coded
left join stages on coded.stage_set_code = stages.stage_set_code and coded.stage_code = stages.stage_code
left join {{ ref('fct_stage_visit') }} as visits on coded.stage_visit_id = visits.stage_visit_id
