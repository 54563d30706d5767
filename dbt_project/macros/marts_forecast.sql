{# Pipeline movement: what its models share. Belongs here: valuing, the terms of a deal and the list of components. Does not: which deals (models). #}

{# money in base currency at a given rate; NULL without an amount or a rate #}
{% macro base_amount(amount, currency, rate) -%}
    cast(case when {{ currency }} = '{{ var("base_currency") }}' then {{ amount }} else cast(cast({{ amount }} as decimal(19,2)) * {{ rate }} as decimal(18,2)) end as decimal(18,2))
{%- endmacro %}

{# the terms of the waterfall: code -> sign in end = start + ... #}
{% macro pipeline_components() %}
  {{ return({
    'created': 1, 'reopened': 1, 'reappeared': 1, 'discovered_late': 1, 'increased': 1, 'transferred_in': 1, 'pulled_in': 1, 'exchange_gain': 1,
    'decreased': -1, 'won': -1, 'lost': -1, 'closed_unknown': -1, 'vanished': -1, 'merged_away': -1, 'transferred_out': -1, 'pushed_out': -1,
    'exchange_loss': -1, 'restated': 1
  }) }}
{% endmacro %}

{# CTEs from pipeline_flow to `holder_scopes` (whose figure a holder's is too) and `termed`: what each deal adds to each term. Of one holder (owner_key, team_key), to be told to his
   scopes; of several, summed and named by scope (scope_code, scope_key). Names schemas only, since a published view is made of it. #}
{% macro movement_terms(flows, rollup) -%}
{%- set keys = ['view_code', 'population_code', 'period_start_date', 'period_end_date', 'opportunity_id'] -%}
{%- set counts = ['entry', 'exit', 'transferred', 'pulled', 'discovered'] -%}
{%- set amounts = counts + ['change', 'exchange'] -%}
{%- set is_found = "(entry_code is not distinct from 'discovered_late')" -%}
{%- set is_undone = '(entry_code is not distinct from exit_code)' -%}
{# a deal discovered late by two ways, or restated out and in again, has one term of that name #}
{%- set terms = {
    'entry': ('entry_code is not null', 'entry_code',
        'entry_count_change + case when ' ~ is_found ~ ' then discovered_count_change else 0 end - case when ' ~ is_undone ~ ' then exit_count_change else 0 end',
        'entry_amount + case when ' ~ is_found ~ ' then discovered_amount else 0 end - case when ' ~ is_undone ~ ' then exit_amount else 0 end'),
    'exit': ('exit_code is not null and not ' ~ is_undone, 'exit_code', '-exit_count_change', '-exit_amount'),
    'discovered': ('not ' ~ is_found, "'discovered_late'", 'discovered_count_change', 'discovered_amount')
} -%}
{# the name of a two-sided term follows the deal, or where none moved the money #}
{%- for name, gain, loss in [('transferred', 'transferred_in', 'transferred_out'), ('pulled', 'pulled_in', 'pushed_out'), ('change', 'increased', 'decreased'),
    ('exchange', 'exchange_gain', 'exchange_loss')] -%}
    {%- set counted, amount = name ~ '_count_change' if name in counts else '0', name ~ '_amount' -%}
    {%- do terms.update({name: ('true',
        'case when ' ~ counted ~ ' > 0 or ' ~ counted ~ ' = 0 and ' ~ amount ~ " > 0 then '" ~ gain ~ "' else '" ~ loss ~ "' end", counted, amount)}) -%}
{%- endfor -%}
flows as (

    select * from {{ flows.include(database=false) }}

),

rollup as (

    select team_id, ancestor_team_id from {{ rollup.include(database=false) }}
    union all
    select distinct '-' as team_id, '-' as ancestor_team_id from {{ rollup.include(database=false) }}

),

holders as (

    select distinct owner_key, team_key from flows

),

holder_scopes as (

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
        {{ counts | join('_count_change, ') }}_count_change,
        {{ amounts | join('_amount, ') }}_amount,
        won_amount_base
    from flows
    where has_one_holder
    union all
    select
        {{ keys | join(', ') }},
        cast(null as string) as owner_key,
        cast(null as string) as team_key,
        holder_scopes.scope_code,
        holder_scopes.scope_key,
        max(entry_code) as entry_code,
        max(exit_code) as exit_code,
        {%- for name in counts %}
        cast(sum({{ name }}_count_change) as bigint) as {{ name }}_count_change,
        {%- endfor %}
        {%- for name in amounts %}
        cast(sum({{ name }}_amount) as decimal(18,2)) as {{ name }}_amount,
        {%- endfor %}
        max(won_amount_base) as won_amount_base
    from flows
    inner join holder_scopes on flows.owner_key = holder_scopes.owner_key and flows.team_key = holder_scopes.team_key
    where not has_one_holder
    group by {{ keys | join(', ') }}, holder_scopes.scope_code, holder_scopes.scope_key

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
        case when term_name = 'exit' then won_amount_base end as won_amount_base
    from netted
    cross join term_names
    where case term_name
        {%- for name, (condition, _, count, amount) in terms.items() %}
        when '{{ name }}' then {{ condition }} and ({{ count }} <> 0 or {{ amount }} <> 0)
        {%- endfor %}
    end

),
{%- endmacro %}
