"""Which tables of a warehouse are published, and the SQL of those that stay views.

Belongs here: listing tables and views of the published schemas, and a view's query freed from the name of its file.
Does not: copying them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

SCHEMAS = ("canonical", "snapshots", "marts")


@dataclass
class PublishedTable:
    """One table as published. `kind` is table or view; a view has no Parquet of its own."""

    schema: str
    name: str
    kind: str
    columns: list[str]
    row_count: int = 0
    query: str | None = None  # of a view, naming schemas only

    @property
    def key(self) -> str:
        return f"{self.schema}.{self.name}"


def published_tables(connection: duckdb.DuckDBPyConnection, database: str) -> list[PublishedTable]:
    """Tables and views of the published schemas of an attached `database`, tables first, by name.

    A view stays a view when everything it reads is published too; otherwise it is published as a table.
    """
    columns: dict[tuple[str, str], list[str]] = {}
    for schema, name, column in connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() where database_name = ? order by 1, 2, column_index", [database]
    ).fetchall():
        columns.setdefault((schema, name), []).append(column)
    views = {
        (schema, name): view_query(connection, sql)
        for schema, name, sql in connection.execute(
            "select schema_name, view_name, sql from duckdb_views() where database_name = ? and not internal", [database]
        ).fetchall()
    }
    found = []
    for (schema, name), names in sorted(
        columns.items(), key=lambda item: (SCHEMAS.index(item[0][0]) if item[0][0] in SCHEMAS else 9, item[0])
    ):
        if schema in SCHEMAS:
            query = views.get((schema, name))
            found.append(PublishedTable(schema, name, "view" if query else "table", names, query=query))
    return sorted(found, key=lambda table: table.kind == "view")


def view_query(connection: duckdb.DuckDBPyConnection, create_statement: str) -> str | None:
    """The query of a view, naming schemas only; None when it reads anything that is not published."""
    head, _, query = create_statement.partition(" AS ")
    if "(" in head:  # names its columns in the head: the query alone is not the view
        return None
    tree = json.loads(_one(connection, "select json_serialize_sql(?)", query.strip().rstrip(";")))
    if tree["error"]:
        return None
    common = {entry["key"] for node in _nodes(tree) if "map" in node for entry in node["map"] if isinstance(entry, dict)}
    for node in _nodes(tree):
        if node.get("type") == "TABLE_FUNCTION":
            return None
        if node.get("type") == "BASE_TABLE":
            if node["schema_name"] not in SCHEMAS and not (node["schema_name"] == "" and node["table_name"] in common):
                return None
            node["catalog_name"] = ""
    return _one(connection, "select json_deserialize_sql(?)", json.dumps(tree, ensure_ascii=False))


def _one(connection: duckdb.DuckDBPyConnection, sql: str, value: str) -> str:
    row = connection.execute(sql, [value]).fetchone()
    assert row is not None
    return row[0]


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)
