"""Opening a database to read: one snapshot, nothing written, rows streamed as text, refusals told as messages.

Belongs here: what the kinds of database share, and which URL means which. Does not: one driver (postgresql.py, mysql.py, sqlite.py).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import polars as pl

from pipelines.extract.connect.access import Access

BATCH_ROWS = 20_000


class Database(Protocol):
    """One open snapshot."""

    quote: str  # of a column's name

    def stream(self, sql: str) -> Iterator[pl.DataFrame]:
        """The rows of a query, BATCH_ROWS or so at a time, all columns String; at least one frame, which may be empty."""


def opened(access: Access) -> AbstractContextManager[Database]:
    """The snapshot of the database that the URL names. Raises FunnelError FNL-251 to FNL-256; FNL-258 for a URL nobody knows."""
    scheme = access.url.scheme
    if scheme in ("postgresql", "postgres"):
        from pipelines.extract.sql.postgresql import postgresql

        return postgresql(access)
    if scheme in ("mysql", "mariadb"):
        from pipelines.extract.sql.mysql import mysql

        return mysql(access)
    if scheme == "sqlite":
        from pipelines.extract.sql.sqlite import sqlite

        return sqlite(access)
    raise access.refused("FNL-258", f"{scheme or access.connection.url!r} is not one of postgresql, mysql, mariadb, sqlite")
