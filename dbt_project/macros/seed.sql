{# dbt-spark's own writes an empty cell as the text 'None' and breaks on an apostrophe; every seed declares its column_types #}
{% macro spark__load_csv_rows(model, agate_table) %}
  {% set types = model['config'].get('column_types', {}) %}
  {% for chunk in agate_table.rows | batch(500) %}
    {% set sql %}
      insert into {{ this.render() }} values
      {% for row in chunk %}({% for name in agate_table.column_names %}cast({{ 'null' if row[name] is none else "'" ~ (row[name] | string | replace("\\", "\\\\") | replace("'", "''")) ~ "'" }} as {{ types.get(name, adapter.convert_type(agate_table, loop.index0)) }}){{ ', ' if not loop.last }}{% endfor %}){{ ', ' if not loop.last }}{% endfor %}
    {% endset %}
    {% do adapter.add_query(sql, abridge_sql_log=True) %}
  {% endfor %}
  {{ return('') }}
{% endmacro %}
