{# Every deal's life in the three views, cut where something that moves a pipeline changes: status, owner, the owner's team, amount,
   currency, expected close. Beside each span the last open one before it: what a movement is measured from. #}
{%- set in_order = 'partition by view_code, opportunity_id order by step_number' -%}
{%- set before = ['from_date', 'is_reconstructed', 'owner_id', 'team_id', 'amount', 'currency_code', 'expected_close_date'] -%}
with steps as (

    select * from {{ ref('pipeline_step_known') }}
    union all
    select * from {{ ref('pipeline_step_delivered') }}
    union all
    select * from {{ ref('pipeline_step_published') }}

),

described as (

    select
        *,
        concat(
            status_code, '|', cast(is_reconstructed as string), '|', coalesce(owner_id, ''), '|', coalesce(cast(amount as string), ''), '|', coalesce(currency_code, ''), '|',
            coalesce(cast(expected_close_date as string), ''), '|', coalesce(cast(amount_base as string), '')
        ) as state_text
    from steps

),

compared as (

    select *, lag(state_text) over ({{ in_order }}) as last_state_text
    from described

),

kept as (

    select *, coalesce(lead(from_date) over ({{ in_order }}), cast('9999-12-31' as date)) as until_date
    from compared
    where last_state_text is null or last_state_text <> state_text

),

{# a span without length is its holder's too; as an `or` in the join DuckDB compared every span with every membership #}
held as (

    select *, greatest(until_date, {{ date_add_days('from_date', 1) }}) as held_until_date
    from kept

),

{# a change of team is one of the pipeline's too #}
teamed as (

    select
        held.view_code,
        held.opportunity_id,
        held.step_number,
        greatest(held.from_date, coalesce(teams.from_date, held.from_date)) as from_date,
        least(held.until_date, coalesce(teams.until_date, held.until_date)) as until_date,
        held.status_code,
        held.is_reconstructed,
        held.owner_id,
        teams.team_id,
        held.amount,
        held.currency_code,
        held.expected_close_date,
        held.amount_base,
        held.created_date,
        held.closed_date
    from held
    left join {{ ref('owner_team_span') }} as teams
        on held.owner_id = teams.owner_id
        and held.from_date < teams.until_date and teams.from_date < held.held_until_date

),

numbered as (

    select
        *,
        cast(row_number() over (partition by view_code, opportunity_id order by step_number, from_date) as bigint) as span_number,
        lag(status_code) over (partition by view_code, opportunity_id order by step_number, from_date) as previous_status_code
    from teamed

),

placed as (

    select
        *,
        max(case when status_code = 'open' then span_number end) over (
            partition by view_code, opportunity_id order by span_number rows between unbounded preceding and 1 preceding
        ) as last_open_number
    from numbered

)

select
    concat(placed.view_code, ':', placed.opportunity_id, '#', cast(placed.span_number as string)) as pipeline_span_id,
    {{ as_of_date() }} as as_of_date,
    placed.view_code,
    placed.opportunity_id,
    placed.span_number,
    placed.from_date,
    placed.until_date,
    placed.status_code,
    placed.previous_status_code,
    placed.previous_status_code is null or placed.previous_status_code <> placed.status_code as is_turn,
    placed.is_reconstructed,
    placed.owner_id,
    placed.team_id,
    placed.amount,
    placed.currency_code,
    placed.amount_base,
    placed.expected_close_date,
    placed.created_date,
    placed.closed_date,
    {%- for name in before %}
    last_open.{{ name }} as last_open_{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from placed
left join placed as last_open
    on placed.view_code = last_open.view_code
    and placed.opportunity_id = last_open.opportunity_id
    and placed.last_open_number = last_open.span_number
