"""A fingerprint of every table, to prove that two warehouses hold the same rows.

Belongs here: the one rule of what equality means. Does not: deciding when to compare.
`_loaded_at` is left out (it says when we wrote, not what a source said), as is what `publication` feeds, tables or rows of the view
as_published: it says what was published, which no rebuild may change.
"""

from pathlib import Path

import duckdb

SCHEMAS = ("canonical", "marts")
NOT_COMPARED_COLUMNS = ("_loaded_at", "loaded_at")
FED_BY_PUBLICATION = frozenset({"marts.restatement"})  # schema.table; the schema `snapshots` is not compared at all

_COLUMNS = """
    select schema_name, table_name, list(column_name order by column_name)
    from duckdb_columns() where schema_name in ? and not list_contains(?, column_name) group by all order by all
"""


def table_fingerprints(database: Path) -> dict[str, str]:
    """`schema.table` -> row count and an order-free sum of row hashes, over all columns in name order. Opens `database` read-only."""
    found: dict[str, str] = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for schema, table, columns in connection.execute(_COLUMNS, [list(SCHEMAS), list(NOT_COMPARED_COLUMNS)]).fetchall():
            if f"{schema}.{table}" in FED_BY_PUBLICATION:
                continue
            # Text keeps NULL and '' apart and is the same for equal values; each column is length-prefixed, so nothing runs together.
            texts = ", ".join(f"coalesce(length(\"{name}\"::varchar) || ':' || \"{name}\"::varchar, '-')" for name in columns)
            rows = f'"{schema}"."{table}"' + (" where view_code is distinct from 'as_published'" if "view_code" in columns else "")
            row = connection.execute(f"select count(*), coalesce(sum(hash({texts})::hugeint), 0) from {rows}").fetchone()
            assert row is not None
            found[f"{schema}.{table}"] = f"{row[0]}:{row[1]}"
    return found
