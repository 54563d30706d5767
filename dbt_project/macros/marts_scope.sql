{# Whose figure it is: the company's, an owner's, a team's. Belongs here: the way from rows with owner_id and team_id to scopes, and the
   grid of scopes and periods. Does not: which owner or which day counts (models). #}

{# the team an owner belonged to on a day, as `membership` #}
{% macro team_on_day(owner, day) -%}
    left join {{ ref('dim_team_membership') }} as membership
        on {{ owner }} = membership.owner_id
        and {{ day }} >= membership.valid_from_date and {{ day }} <= membership.valid_to_date
{%- endmacro %}

{# rows of a CTE with owner_id and team_id, once for the company, once for the owner, once for every team above; scope_id is NULL for the
   company, for nobody's and, where there are teams, for those in none: so owners, and teams at the top, add up to the company #}
{% macro scoped(relation) -%}
    select 'company' as scope_code, cast(null as string) as scope_id, {{ relation }}.*
    from {{ relation }}
    union all
    select 'owner' as scope_code, {{ relation }}.owner_id as scope_id, {{ relation }}.*
    from {{ relation }}
    union all
    select 'team' as scope_code, above.ancestor_team_id as scope_id, {{ relation }}.*
    from {{ relation }}
    left join {{ ref('dim_team_rollup') }} as above on {{ relation }}.team_id = above.team_id
    cross join (select count(*) as team_count from {{ ref('dim_team_rollup') }}) as teams
    where teams.team_count > 0
{%- endmacro %}

{# every period of the company, and for an owner or team every period from the one that holds the first of its own events
   (a CTE with scope_code, scope_id, first_date); not_for_owners: kinds in which an owner has no rows of its own. One inequality and no
   `or`: as an `or` DuckDB compared the two by nested loop #}
{% macro scope_periods(relation, not_for_owners=[]) -%}
    select
        scopes.scope_code,
        scopes.scope_id,
        periods.period_kind_code,
        periods.period_code,
        periods.period_start_date,
        periods.period_end_date
    from (
        select scope_code, scope_id, coalesce(min(first_date), {{ as_of_date() }}) as first_date
        from (
            select scope_code, scope_id, first_date from {{ relation }}
            union all
            select 'company' as scope_code, cast(null as string) as scope_id, cast('0001-01-01' as date) as first_date
        ) as events
        group by scope_code, scope_id
    ) as scopes
    inner join (
        select
            *,
            case when period_kind_code in ('all', 'trailing_365_days') then cast('9999-12-31' as date) else period_end_date end as last_date
        from {{ ref('dim_period') }}
    ) as periods on scopes.first_date <= periods.last_date
    {%- if not_for_owners %}
    where not (scopes.scope_code = 'owner' and periods.period_kind_code in ('{{ not_for_owners | join("', '") }}'))
    {%- endif %}
{%- endmacro %}

{# equality of scope and period of two relations, a NULL scope being one of its own #}
{% macro same_scope_period(left, right) -%}
    {{ left }}.scope_code = {{ right }}.scope_code
    and {{ left }}.scope_id is not distinct from {{ right }}.scope_id
    and {{ left }}.period_kind_code = {{ right }}.period_kind_code
    and {{ left }}.period_code = {{ right }}.period_code
{%- endmacro %}

{# the first parts of a key: <scope>:<id or ->:<period kind>:<period> #}
{% macro scope_period_key(relation) -%}
    concat({{ relation }}.scope_code, ':', coalesce({{ relation }}.scope_id, '-'), ':', {{ relation }}.period_kind_code, ':', {{ relation }}.period_code)
{%- endmacro %}

{# the columns that say whose and when, of a relation made by scope_periods #}
{% macro scope_period_columns(relation) -%}
    {{ as_of_date() }} as as_of_date,
    {%- for name in ['scope_code', 'scope_id', 'period_kind_code', 'period_code', 'period_start_date', 'period_end_date'] %}
    {{ relation }}.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
