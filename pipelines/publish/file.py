"""The published DuckDB file: tables and comments copied out of a warehouse, personal data left behind.

Belongs here: building one file from one warehouse. Does not: where it goes (swap.py), or what a check says of it.
"""

from pathlib import Path
from typing import Any

import duckdb

from pipelines.publish.documentation import Documentation, read_documentation
from pipelines.publish.personal import expression, literal, quoted
from pipelines.publish.tables import SCHEMAS, PublishedTable, published_tables
from pipelines.warehouse.memory import memory_limit


def build_file(warehouse: Path, dbt_manifest: Path, destination: Path, personal_data: bool) -> list[PublishedTable]:
    """Copy the published schemas of `warehouse` into the new file `destination`; the tables with their row counts, tables before views.

    Views are kept where they read published tables only, and name schemas, never the file. `warehouse` is opened read-only.
    """
    documentation = read_documentation(dbt_manifest)
    source = warehouse.stem  # the name under which the warehouse's own views know it
    settings: dict[str, Any] = {"temp_directory": str(destination.parent / "temporary"), "memory_limit": memory_limit()}
    settings["preserve_insertion_order"] = "false"  # both cores write: 17 s to 11 s
    with duckdb.connect(str(destination), config=settings) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {literal(str(warehouse))} as {quoted(source)} (read_only)")
        connection.execute("begin")  # one commit: a thousand comments would be a thousand syncs
        for schema in SCHEMAS:
            connection.execute(f"create schema {schema}")
        tables = published_tables(connection, source)
        for table in tables:
            if table.kind == "table":
                marked = documentation.get((table.schema, table.name), Documentation()).personal_columns
                table.row_count = _copy(connection, source, table, marked, personal_data)
        _create_views(connection, [table for table in tables if table.kind == "view"])
        for table in tables:
            _comment(connection, table, documentation.get((table.schema, table.name), Documentation()))
        connection.execute("commit")
        connection.execute(f"detach {quoted(source)}")
        connection.execute("checkpoint")
    return tables


def _copy(connection: duckdb.DuckDBPyConnection, source: str, table: PublishedTable, marked: frozenset[str], personal_data: bool) -> int:
    names = frozenset(table.columns)
    selected = ", ".join(expression(column, names, marked, personal_data) for column in table.columns)
    where = f"{table.schema}.{quoted(table.name)}"
    row = connection.execute(f"create table {where} as select {selected} from {quoted(source)}.{where}").fetchone()
    return row[0] if row else 0


def _create_views(connection: duckdb.DuckDBPyConnection, views: list[PublishedTable]) -> None:
    """Views may read views: those whose sources exist go first. Raises duckdb.Error when none of the rest can be made."""
    waiting = views
    while waiting:
        later: list[PublishedTable] = []
        for view in waiting:
            where = f"{view.schema}.{quoted(view.name)}"
            try:
                connection.execute(f"create view {where} as {view.query}")
                row = connection.execute(f"select count(*) from {where}").fetchone()
                view.row_count = row[0] if row else 0
            except duckdb.CatalogException:
                if len(later) + 1 == len(waiting):
                    raise
                later.append(view)
        waiting = later


def _comment(connection: duckdb.DuckDBPyConnection, table: PublishedTable, documentation: Documentation) -> None:
    where = f"{table.schema}.{quoted(table.name)}"
    if documentation.description:
        connection.execute(f"comment on {table.kind} {where} is {literal(documentation.description)}")
    for column in table.columns:
        if text := documentation.columns.get(column):
            connection.execute(f"comment on column {where}.{quoted(column)} is {literal(text)}")
