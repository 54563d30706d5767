{# The raw views over the ledger, made at the start of every run on either engine, so that no model names a file. #}

{% macro create_raw_views() %}
  {% if execute and flags.WHICH in ('run', 'build', 'test', 'run-operation', 'show') %}
    {% set sources = graph.sources.values() | list %}
    {% for schema in sources | map(attribute='schema') | unique %}
      {% do run_query('create schema if not exists ' ~ schema) %}
    {% endfor %}
    {% for source in sources if source.source_name == 'raw_ledger' %}
      {% do run_query('create or replace view ' ~ source.schema ~ '.' ~ source.name ~ ' as ' ~ raw_ledger_query(source)) %}
    {% endfor %}
    {% set held = 'select distinct source_kind, entity, source_system from raw_ledger.delivery order by source_system' %}
    {% set instances = run_query(held).rows | list %}
    {% for source in sources if source.source_name != 'raw_ledger' %}
      {% set kind = source.source_name | replace('raw_', '') %}
      {% set names = [] %}
      {% for row in instances if held_as(row[0]) == kind and row[1] == source.name %}{% do names.append(row[2]) %}{% endfor %}
      {% do run_query('create or replace view ' ~ source.schema ~ '.' ~ source.name ~ ' as ' ~ raw_content_query(source, names)) %}
    {% endfor %}
  {% endif %}
{% endmacro %}

{# Connected sources are read from the file that their extraction became, by a mapping: in the ledger they look like files. #}
{% macro held_as(source_kind) %}{{ return(source_kind if source_kind in ['playbook', 'publication'] else 'file') }}{% endmacro %}

{# content of one entity: the instances of a kind in one view; only files that a manifest entry names #}
{% macro raw_content_query(source, names) -%}
  {%- set columns = source.columns.keys() | reject('equalto', 'source_system') | list -%}
  {%- set stored = columns | map('replace', 'mapped_source_system', 'source_system') | list -%}
  {%- if not names -%}
  select {% for column in source.columns %}cast(null as string) as {{ column }}{{ ', ' if not loop.last }}{% endfor %} where 1 = 0
  {%- endif -%}
  {%- for name in names %}
  select '{{ name }}' as source_system, {{ columns | join(', ') | replace('mapped_source_system', 'source_system as mapped_source_system') }}
  from ({{ parquet_text_columns(night_value('landing') ~ '/' ~ name ~ '/' ~ source.name ~ '/content', stored) }}) as content
  where _commit_id in (select entry_id from raw_ledger.delivery)
  {{ 'union all' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}

{% macro raw_ledger_query(source) -%}
  {%- if source.name == 'membership' -%}
  {%- set folders = [night_value('landing') ~ '/*/*/membership'] -%}
  {%- elif source.name == 'problem' -%}
  {%- set folders = [night_value('landing') ~ '/*/*/problem', night_value('state') ~ '/problem'] -%}
  {%- else -%}
  {%- set folders = [night_value('state') ~ '/' ~ source.name] -%}
  {%- endif -%}
  select {{ source.columns.keys() | join(', ') }} from {{ parquet_folders(folders) }}
{%- endmacro %}

{# folders of files of one shape; of several folders at least the last holds a file #}
{% macro parquet_folders(folders) %}{{ return(adapter.dispatch('parquet_folders')(folders)) }}{% endmacro %}
{% macro duckdb__parquet_folders(folders) %}
  {% set found = [] %}
  {% for folder in folders %}
    {% if run_query("select count(*) from glob('" ~ folder ~ "/*.parquet')").rows[0][0] > 0 %}{% do found.append("'" ~ folder ~ "/*.parquet'") %}{% endif %}
  {% endfor %}
  {{ return('read_parquet([' ~ found | join(', ') ~ '], hive_partitioning = false)') }}
{% endmacro %}
{% macro spark__parquet_folders(folders) %}
  {% set common = '/{' ~ folders | map('replace', '/', '', 1) | join(',') ~ '}' %}
  {{ return('parquet.`' ~ (common if folders | length > 1 else folders[0]) ~ '/*.parquet`') }}
{% endmacro %}

{# a folder of text columns, where each file may lack some; a column in no file is NULL #}
{% macro parquet_text_columns(folder, columns) %}{{ return(adapter.dispatch('parquet_text_columns')(folder, columns)) }}{% endmacro %}
{% macro duckdb__parquet_text_columns(folder, columns) -%}
  select {% for column in columns %}cast(null as varchar) as {{ column }}{{ ', ' if not loop.last }}{% endfor %} where false
  union all by name select * from read_parquet('{{ folder }}/*.parquet', union_by_name = true, hive_partitioning = false)
{%- endmacro %}
{% macro spark__parquet_text_columns(folder, columns) -%}
  {%- set relation = "parquet.`" ~ folder ~ "/*.parquet` with (mergeSchema = 'true')" -%}
  {%- set present = run_query('describe query select * from ' ~ relation).columns[0].values() -%}
  select {% for column in columns %}{{ column if column in present else 'cast(null as string) as ' ~ column }}{{ ', ' if not loop.last }}{% endfor %} from {{ relation }}
{%- endmacro %}
