{# How a table or view is made on DuckDB: dropped and made again in one transaction. The adapter's own way (make under another name, rename
   twice, drop) serves readers of a live table; nobody reads the warehouse while a night runs, and over 160 models it cost 3 s of a night. #}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
  {{ return(make_in_place(this.incorporate(type='table'))) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
  {{ return(make_in_place(this.incorporate(type='view'))) }}
{% endmaterialization %}

{% macro make_in_place(target) %}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {{ drop_relation_if_exists(load_cached_relation(this)) }}
  {% call statement('main') -%}
    {{ create_table_as(False, target, sql) if target.is_table else create_view_as(target, sql) }}
  {%- endcall %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target]}) }}
{% endmacro %}

{# How a step between tables is made: inlined on DuckDB, which computes a common expression once; a table on Spark, which computes it anew
   wherever it is named (stage durations of the parity company: minutes). #}
{% macro step() %}{{ return('table' if target.type == 'spark' else 'ephemeral') }}{% endmacro %}
