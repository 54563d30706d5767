{# Net per window: raised and cut, handed on and back, pushed and pulled back, gained and lost by the rate stand against each other;
   coming in and going out do not. A term without money and without a deal is no row. #}
{%- set keys = ['view_code', 'population_code', 'scope_code', 'scope_key', 'period_kind_code', 'period_code', 'opportunity_id'] -%}
with netted as (

    select
        {{ keys | join(', ') }},
        max(entry_code) as entry_code,
        cast(sum(entry_count) as bigint) as entry_count,
        {{ sum_money('entry_amount') }} as entry_amount,
        max(exit_code) as exit_code,
        cast(sum(exit_count) as bigint) as exit_count,
        {{ sum_money('exit_amount') }} as exit_amount,
        cast(sum(transferred_count) as bigint) as transferred_count,
        {{ sum_money('transferred_amount') }} as transferred_amount,
        cast(sum(pulled_count) as bigint) as pulled_count,
        {{ sum_money('pulled_amount') }} as pulled_amount,
        cast(sum(discovered_count) as bigint) as discovered_count,
        {{ sum_money('discovered_amount') }} as discovered_amount,
        {{ sum_money('change_amount') }} as change_amount,
        {{ sum_money('exchange_amount') }} as exchange_amount,
        max(won_amount_base) as won_amount_base
    from {{ ref('pipeline_flow') }}
    group by {{ keys | join(', ') }}

),

{# the name of a two-sided term follows the deal, or where none moved the money #}
termed as (

    select {{ keys | join(', ') }}, entry_code as component_code, entry_count as count_change, entry_amount as change_amount_base, cast(null as decimal(18,2)) as won_amount_base
    from netted
    where entry_code is not null
    union all
    select {{ keys | join(', ') }}, exit_code as component_code, -exit_count as count_change, -exit_amount as change_amount_base, won_amount_base
    from netted
    where exit_code is not null
    {%- for counted, amount, gain, loss in [
        ('discovered_count', 'discovered_amount', 'discovered_late', 'discovered_late'),
        ('transferred_count', 'transferred_amount', 'transferred_in', 'transferred_out'), ('pulled_count', 'pulled_amount', 'pulled_in', 'pushed_out'),
        ('0', 'change_amount', 'increased', 'decreased'), ('0', 'exchange_amount', 'exchange_gain', 'exchange_loss')
    ] %}
    union all
    select
        {{ keys | join(', ') }},
        case when {{ counted }} > 0 or {{ counted }} = 0 and {{ amount }} > 0 then '{{ gain }}' else '{{ loss }}' end as component_code,
        cast({{ counted }} as bigint) as count_change,
        {{ amount }} as change_amount_base,
        cast(null as decimal(18,2)) as won_amount_base
    from netted
    where {{ counted }} <> 0 or {{ amount }} <> 0
    {%- endfor %}

),

named as (

    select
        {{ keys | join(', ') }},
        component_code,
        cast(sum(count_change) as bigint) as count_change,
        {{ sum_money('change_amount_base') }} as change_amount_base,
        max(won_amount_base) as won_amount_base
    from termed
    group by {{ keys | join(', ') }}, component_code
    having sum(count_change) <> 0 or sum(change_amount_base) <> 0 {# restated in and out again #}

)

select
    concat(
        named.view_code, ':', named.population_code, ':', named.scope_code, ':', named.scope_key, ':', named.period_kind_code, ':', named.period_code,
        ':', named.opportunity_id, ':', named.component_code
    ) as pipeline_movement_id,
    {{ as_of_date() }} as as_of_date,
    named.view_code,
    named.population_code,
    named.scope_code,
    nullif(named.scope_key, '-') as scope_id,
    named.period_kind_code,
    named.period_code,
    windows.period_start_date,
    windows.period_end_date,
    windows.opening_date,
    windows.closing_date,
    named.opportunity_id,
    named.component_code,
    cast(
        case
            when named.component_code in (
                {%- for code, sign in pipeline_components().items() if sign < 0 %}
                '{{ code }}'{{ ',' if not loop.last }}
                {%- endfor %}
            ) then -named.change_amount_base else named.change_amount_base
        end as decimal(18,2)
    ) as amount_base,
    named.change_amount_base,
    named.count_change,
    cast(named.won_amount_base as decimal(18,2)) as won_amount_base,
    cast(named.won_amount_base + named.change_amount_base as decimal(18,2)) as won_amount_difference
from named
inner join {{ ref('pipeline_window') }} as windows
    on named.view_code = windows.view_code
    and named.period_kind_code = windows.period_kind_code
    and named.period_code = windows.period_code
