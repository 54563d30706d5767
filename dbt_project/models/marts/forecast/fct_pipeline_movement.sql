{{ config(materialized='view') }}
{# Net per window: raised and cut, handed on and back, pushed and pulled back, gained and lost by the rate stand against each other;
   coming in and going out do not. A term without money and without a deal is no row. A view: each deal is kept once for each of its holders
   (pipeline_flow), and told here for the company, every owner and every team above. Only a deal of several holders is summed. #}
{%- set keys = ['view_code', 'population_code', 'period_start_date', 'period_end_date', 'opportunity_id'] -%}
{%- set counts = ['entry', 'exit', 'transferred', 'pulled', 'discovered'] -%}
{%- set amounts = counts + ['change', 'exchange'] -%}
{%- set is_found = "(entry_code is not distinct from 'discovered_late')" -%}
{%- set is_undone = '(entry_code is not distinct from exit_code)' -%}
{# a deal discovered late by two ways, or restated out and in again, has one term of that name #}
{%- set terms = {
    'entry': ('entry_code is not null', 'entry_code',
        'entry_count + case when ' ~ is_found ~ ' then discovered_count else 0 end - case when ' ~ is_undone ~ ' then exit_count else 0 end',
        'entry_amount + case when ' ~ is_found ~ ' then discovered_amount else 0 end - case when ' ~ is_undone ~ ' then exit_amount else 0 end'),
    'exit': ('exit_code is not null and not ' ~ is_undone, 'exit_code', '-exit_count', '-exit_amount'),
    'discovered': ('not ' ~ is_found, "'discovered_late'", 'discovered_count', 'discovered_amount')
} -%}
{# the name of a two-sided term follows the deal, or where none moved the money #}
{%- for name, gain, loss in [('transferred', 'transferred_in', 'transferred_out'), ('pulled', 'pulled_in', 'pushed_out'), ('change', 'increased', 'decreased'),
    ('exchange', 'exchange_gain', 'exchange_loss')] -%}
    {%- set counted, amount = name ~ '_count' if name in counts else '0', name ~ '_amount' -%}
    {%- do terms.update({name: ('true',
        'case when ' ~ counted ~ ' > 0 or ' ~ counted ~ ' = 0 and ' ~ amount ~ " > 0 then '" ~ gain ~ "' else '" ~ loss ~ "' end", counted, amount)}) -%}
{%- endfor -%}
with flows as (

    select * from {{ ref('pipeline_flow').include(database=false) }}

),

rollup as (

    select team_id, ancestor_team_id from {{ ref('dim_team_rollup').include(database=false) }}
    union all
    select distinct '-' as team_id, '-' as ancestor_team_id from {{ ref('dim_team_rollup').include(database=false) }}

),

holders as (

    select distinct owner_key, team_key from flows

),

scopes as (

    select holders.*, 'company' as scope_code, '-' as scope_key from holders
    union all
    select holders.*, 'owner' as scope_code, owner_key as scope_key from holders
    union all
    select holders.*, 'team' as scope_code, rollup.ancestor_team_id as scope_key
    from holders
    inner join rollup on holders.team_key = rollup.team_id

),

{# of one holder: told to its scopes at the end; of several: summed by scope first #}
netted as (

    select
        {{ keys | join(', ') }},
        owner_key,
        team_key,
        cast(null as string) as scope_code,
        cast(null as string) as scope_key,
        entry_code,
        exit_code,
        {{ counts | join('_count, ') }}_count,
        {{ amounts | join('_amount, ') }}_amount,
        won_amount_base
    from flows
    where has_one_holder
    union all
    select
        {{ keys | join(', ') }},
        cast(null as string) as owner_key,
        cast(null as string) as team_key,
        scopes.scope_code,
        scopes.scope_key,
        max(entry_code) as entry_code,
        max(exit_code) as exit_code,
        {%- for name in counts %}
        cast(sum({{ name }}_count) as bigint) as {{ name }}_count,
        {%- endfor %}
        {%- for name in amounts %}
        cast(sum({{ name }}_amount) as decimal(18,2)) as {{ name }}_amount,
        {%- endfor %}
        max(won_amount_base) as won_amount_base
    from flows
    inner join scopes on flows.owner_key = scopes.owner_key and flows.team_key = scopes.team_key
    where not has_one_holder
    group by {{ keys | join(', ') }}, scopes.scope_code, scopes.scope_key

),

term_names as (

    {% for name in terms -%}
    select '{{ name }}' as term_name
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

termed as (

    select
        {{ keys | join(', ') }},
        owner_key,
        team_key,
        scope_code,
        scope_key,
        case term_name
            {%- for name, (_, code, _, _) in terms.items() %}
            when '{{ name }}' then {{ code }}
            {%- endfor %}
        end as component_code,
        case term_name
            {%- for name, (_, _, count, _) in terms.items() %}
            when '{{ name }}' then {{ count }}
            {%- endfor %}
        end as count_change,
        case term_name
            {%- for name, (_, _, _, amount) in terms.items() %}
            when '{{ name }}' then {{ amount }}
            {%- endfor %}
        end as change_amount_base,
        case when term_name = 'exit' or term_name = 'entry' and {{ is_undone }} then won_amount_base end as won_amount_base
    from netted
    cross join term_names
    where case term_name
        {%- for name, (condition, _, count, amount) in terms.items() %}
        when '{{ name }}' then {{ condition }} and ({{ count }} <> 0 or {{ amount }} <> 0)
        {%- endfor %}
    end

),

scoped as (

    select
        termed.*,
        coalesce(termed.scope_code, scopes.scope_code) as to_scope_code,
        coalesce(termed.scope_key, scopes.scope_key) as to_scope_key
    from termed
    left join scopes on termed.owner_key = scopes.owner_key and termed.team_key = scopes.team_key

)

select
    concat(
        scoped.view_code, ':', scoped.population_code, ':', scoped.to_scope_code, ':', scoped.to_scope_key, ':', windows.period_kind_code, ':', windows.period_code,
        ':', scoped.opportunity_id, ':', scoped.component_code
    ) as pipeline_movement_id,
    {{ as_of_date() }} as as_of_date,
    scoped.view_code,
    scoped.population_code,
    scoped.to_scope_code as scope_code,
    nullif(scoped.to_scope_key, '-') as scope_id,
    windows.period_kind_code,
    windows.period_code,
    windows.period_start_date,
    windows.period_end_date,
    windows.opening_date,
    windows.closing_date,
    scoped.opportunity_id,
    scoped.component_code,
    cast(
        case
            when scoped.component_code in (
                {%- for code, sign in pipeline_components().items() if sign < 0 %}
                '{{ code }}'{{ ',' if not loop.last }}
                {%- endfor %}
            ) then -scoped.change_amount_base else scoped.change_amount_base
        end as decimal(18,2)
    ) as amount_base,
    cast(scoped.change_amount_base as decimal(18,2)) as change_amount_base,
    cast(scoped.count_change as bigint) as count_change,
    scoped.won_amount_base,
    cast(scoped.won_amount_base + scoped.change_amount_base as decimal(18,2)) as won_amount_difference
from scoped
inner join {{ ref('pipeline_window').include(database=false) }} as windows
    on scoped.view_code = windows.view_code
    and scoped.period_start_date = windows.period_start_date
    and scoped.period_end_date = windows.period_end_date
