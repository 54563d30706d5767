"""The rows of a publication: what of the published file is kept in the ledger, as canonical text.

Belongs here: which table gives which entity, and writing them to Parquet beside the version. Does not: their delivery (publication.py).

Deals say what was published of each; figures of closed periods, what a later night may restate; the basis, what they rested on: deliveries
and code, so that a restatement can name its cause.
"""

import hashlib
from pathlib import Path

import duckdb

from pipelines.publish.personal import literal, quoted
from pipelines.publish.swap import PUBLICATION
from pipelines.settings.entities import entities

BATCH_ROWS = 50_000
# entity -> its file; key; tables, the first that has a column gives it and the first of all gives the rows
PARTS = {
    "published_opportunity": (PUBLICATION, "opportunity_id", ("marts.fct_opportunity", "canonical.opportunity")),
    "published_figure": ("published_figure.parquet", "period_figure_id", ("marts.period_figure",)),
    "published_basis": ("published_basis.parquet", "publication_basis_id", ("marts.publication_basis",)),
}


def row_files(version: Path) -> dict[str, Path]:
    """Entity -> its rows, of a version folder; a version of an older program has the deals alone."""
    return {entity: version / file for entity, (file, _, _) in PARTS.items() if (version / file).is_file()}


def write_rows(published_file: Path, folder: Path) -> tuple[str, int]:
    """Each entity of a published file that it has a table for, by key, as Parquet in `folder`; (hash of all content, number of deals)."""
    digest, deals = hashlib.sha256(), 0
    with duckdb.connect(str(published_file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for entity, (file, key, tables) in PARTS.items():
            known = {table: _types(connection, table) for table in tables}
            if not known[tables[0]]:
                continue
            columns = _columns(entity, known)
            joined = "".join(f" left join {table} using ({key})" for table in tables[1:] if known[table])
            selected = ", ".join(f"{sql} as {quoted(name)}" for name, sql in columns.items())
            query = f"select {key} as _record_key, {selected} from {tables[0]}{joined} order by 1"
            connection.execute(f"copy ({query}) to {literal(str(folder / file))} (format parquet, compression zstd)")
            count = _digest(connection, folder / file, list(columns), digest)
            deals = count if file == PUBLICATION else deals
    return digest.hexdigest(), deals


def _columns(entity: str, known: dict[str, set[str]]) -> dict[str, str]:
    """Field of the entity -> SQL of its canonical text."""
    found: dict[str, str] = {}
    for field, kind in entities()[entity].items():
        table = next((table for table, columns in known.items() if field in columns), None)
        if table:
            found[field] = _text(f"{table}.{quoted(field)}", kind)
    return found


def _types(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns() where schema_name = ? and table_name = ?", table.split(".")
    ).fetchall()
    return {row[0] for row in rows}


def _text(column: str, kind: str) -> str:
    if kind == "timestamp":
        return rf"regexp_replace(strftime({column}, '%Y-%m-%dT%H:%M:%S.%fZ'), '\.000000Z$', 'Z')"
    if kind == "rate":
        return f"cast(cast({column} as decimal(18,9)) as varchar)"
    return f"cast({column} as varchar)"


def _digest(connection: duckdb.DuckDBPyConnection, rows: Path, columns: list[str], digest: "hashlib._Hash") -> int:
    line = "to_json([" + ", ".join(quoted(name) for name in ("_record_key", *columns)) + "])"
    lines = connection.execute(f"select sha256({line}) from read_parquet({literal(str(rows))}) order by _record_key")
    digest.update("\x1f".join(columns).encode())
    count = 0
    while batch := lines.fetchmany(BATCH_ROWS):
        digest.update("".join(row[0] for row in batch).encode())
        count += len(batch)
    return count
