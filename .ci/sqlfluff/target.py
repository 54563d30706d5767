"""Stands for dbt's `target` while sqlfluff renders a model: steps are linted as DuckDB has them."""

type = "duckdb"
