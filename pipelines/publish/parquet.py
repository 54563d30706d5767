"""The published tables as Parquet files, one a table, for readers without DuckDB.

Belongs here: writing `<schema>/<table>.parquet` from a published file. Does not: views (they hold nothing of their own), or CSV
(export.py).
"""

from pathlib import Path
from typing import Any

import duckdb

from pipelines.publish.personal import literal, quoted
from pipelines.publish.tables import PublishedTable
from pipelines.warehouse.memory import memory_limit


def write_parquet(published_file: Path, tables: list[PublishedTable], destination: Path) -> None:
    """Write each table, not view, of `published_file` below the new folder `destination`."""
    settings: dict[str, Any] = {"preserve_insertion_order": "false", "memory_limit": memory_limit()}
    with duckdb.connect(str(published_file), read_only=True, config=settings) as connection:
        for table in tables:
            if table.kind == "table":
                folder = destination / table.schema
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                target = folder / f"{table.name}.parquet"
                connection.execute(f"copy {table.schema}.{quoted(table.name)} to {literal(str(target))} (format parquet, compression zstd)")
