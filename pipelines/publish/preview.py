"""A first look at a table for people who watch a run: how many rows, and a few of them, without personal data.

Belongs here: reading counts and example rows from a closed warehouse file. Does not: where they are shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.publish.personal import expression, quoted

ROWS, COLUMNS, WIDTH = 5, 12, 40


@dataclass(frozen=True)
class Preview:
    """row_count of a table, and a Markdown table of its first rows and columns, texts cut at WIDTH characters."""

    row_count: int
    markdown: str


def previews(warehouse: Path, tables: Iterable[tuple[str, str]], may_show_personal: bool) -> dict[tuple[str, str], Preview]:
    """(schema, table) -> Preview for those that exist as tables; views are left out, since reading one means computing it."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        known = set(connection.execute("select schema_name, table_name from duckdb_tables()").fetchall())
        return {name: _preview(connection, *name, may_show_personal) for name in tables if name in known}


def example_rows(warehouse: Path, query: str) -> list[dict[str, Any]]:
    """At most five rows of a query, as text; empty when it cannot be read."""
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            found = connection.execute(f"select * from ({query}) limit {ROWS}")
            names = [column[0] for column in found.description or []]
            return [{name: str(value) for name, value in zip(names, row, strict=True)} for row in found.fetchall()]
    except duckdb.Error:
        return []


def _preview(connection: duckdb.DuckDBPyConnection, schema: str, table: str, may_show_personal: bool) -> Preview:
    relation = f"{quoted(schema)}.{quoted(table)}"
    count = connection.execute(f"select count(*) from {relation}").fetchall()[0][0]
    names = [row[0] for row in connection.execute(f"describe {relation}").fetchall()]
    shown = [name for name in names if not name.startswith("_")][:COLUMNS]
    selected = ", ".join(expression(name, frozenset(names), frozenset(), may_show_personal) for name in shown)
    rows = connection.execute(f"select {selected} from {relation} limit {ROWS}").fetchall() if shown else []
    lines = [shown, ["---"] * len(shown), *([_cell(value) for value in row] for row in rows)]
    return Preview(count, "\n".join("| " + " | ".join(line) + " |" for line in lines))


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return (text if len(text) <= WIDTH else text[: WIDTH - 1] + "…").replace("|", "\\|").replace("\n", " ")
