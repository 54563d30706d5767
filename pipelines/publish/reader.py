"""Reading what is published: one query, the freshness of sources.

Belongs here: opening the published file so that a reader can neither write nor look beside it. Does not: printing, or building the file.
"""

from pathlib import Path

import duckdb
import polars as pl

from pipelines.messages.catalogue import FunnelError
from pipelines.publish.export import export_tables
from pipelines.publish.swap import FILE
from pipelines.settings.company import CompanyFolder

__all__ = ["export_tables", "open_published", "published_file", "published_freshness", "run_query"]

LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "TimeZone": "UTC",
    "lock_configuration": "true",
}
READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


def published_file(folder: CompanyFolder) -> Path:
    """Raises FunnelError FNL-522 before the first publication."""
    file = folder.published / FILE
    if not file.is_file():
        raise FunnelError("FNL-522", path=file)
    return file


def open_published(file: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection that reaches no other file and no network, and cannot be told otherwise."""
    connection = duckdb.connect(str(file), read_only=True)
    for name, value in LOCKED.items():
        connection.execute(f"set {name} = '{value}'")
    return connection


def run_query(folder: CompanyFolder, sql: str) -> pl.DataFrame:
    """The rows of one reading statement. Raises FunnelError FNL-522, FNL-523 (DuckDB's own reason) or FNL-524 (anything but one query)."""
    shown = " ".join(sql.split())[:120]
    with open_published(published_file(folder)) as connection:
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in READING:
                found = ", ".join(statement.type.name for statement in statements) or "nothing"
                raise FunnelError("FNL-524", 2, sql=shown, found=found)
            return connection.execute(statements[0]).pl()
        except duckdb.Error as error:
            raise FunnelError("FNL-523", 2, sql=shown, reason=" ".join(str(error).split("\n")[0].split())) from None


def published_freshness(folder: CompanyFolder) -> pl.DataFrame | None:
    """One row per source and scope: source, entity, scope, last (date), is_fresh (False while held, NULL without a promise).

    None before the first publication.
    """
    if not (folder.published / FILE).is_file():
        return None
    with open_published(folder.published / FILE) as connection:
        return connection.execute(
            """
            select source_system as source, entity, scope, last_delivered_date as last,
                case when fresh_within_days is not null or is_held then not (is_stale or is_held) end as is_fresh
            from marts.freshness where source_kind not in ('publication') order by all
            """
        ).pl()
