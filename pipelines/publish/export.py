"""Everything that is published, in open formats, for leaving with it.

Belongs here: Parquet and CSV of every table, and a list of tables and columns. Does not: choosing what is published (file.py).
CSV holds the values as they are: a text that begins with = stays that text, and a spreadsheet program should import it as text.
"""

import os
import shutil
from pathlib import Path

import duckdb

from pipelines.messages.catalogue import FunnelError
from pipelines.publish.personal import literal, quoted
from pipelines.publish.swap import FILE, MANIFEST, current_version
from pipelines.publish.tables import SCHEMAS
from pipelines.settings.company import CompanyFolder

LISTS = {
    "tables": "select schema_name, table_name, comment as description from duckdb_tables() union all "
    "select schema_name, view_name, comment from duckdb_views() where not internal order by 1, 2",
    "columns": "select schema_name, table_name, column_name, data_type, comment as description from duckdb_columns() "
    "where not internal order by schema_name, table_name, column_index",
}


def export_tables(folder: CompanyFolder, destination: Path) -> dict[str, int]:
    """Write parquet/<schema>/<table>.parquet, csv/<schema>/<table>.csv (UTF-8, header), tables.csv, columns.csv, manifest.json.

    Returns `schema.table` -> rows. The folder appears whole or not at all. Raises FunnelError FNL-522 (nothing published) or
    FNL-525 (not empty).
    """
    version = current_version(folder.published)
    if version is None:
        raise FunnelError("FNL-522", path=folder.published / FILE)
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise FunnelError("FNL-525", 2, path=destination)
    destination = destination.absolute()
    working = destination.parent / f".{destination.name}.tmp"
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir(parents=True, mode=0o700)
    try:
        counts = _write(version / FILE, working)
        shutil.copyfile(version / MANIFEST, working / MANIFEST)
        if destination.exists():
            destination.rmdir()
        os.replace(working, destination)
    except BaseException:
        shutil.rmtree(working, ignore_errors=True)
        raise
    return counts


def _write(published_file: Path, destination: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    with duckdb.connect(str(published_file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for schema, table in connection.execute(
            "select distinct schema_name, table_name from duckdb_columns() where not internal order by all"
        ).fetchall():
            if schema not in SCHEMAS:
                continue
            for form, options in (("parquet", "format parquet, compression zstd"), ("csv", "format csv, header true")):
                target = destination / form / schema / f"{table}.{form}"
                target.parent.mkdir(parents=True, exist_ok=True)
                row = connection.execute(f"copy (from {schema}.{quoted(table)}) to {literal(str(target))} ({options})").fetchone()
                counts[f"{schema}.{table}"] = row[0] if row else 0
        for name, query in LISTS.items():
            connection.execute(f"copy ({query}) to {literal(str(destination / f'{name}.csv'))} (format csv, header true)")
    return counts
