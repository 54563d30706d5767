"""Opening a database to read: one snapshot, nothing written, rows streamed as text, refusals told as messages.

Belongs here: what the kinds of database share, and which URL means which. Does not: one driver (postgresql.py, mysql.py, sqlite.py).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

import polars as pl

from pipelines.messages.catalogue import FunnelError
from pipelines.settings.source import Connection

BATCH_ROWS = 20_000


class Database(Protocol):
    """One open snapshot."""

    quote: str  # of a column's name

    def stream(self, sql: str) -> Iterator[pl.DataFrame]:
        """The rows of a query, BATCH_ROWS or so at a time, all columns String; at least one frame, which may be empty."""


@dataclass(frozen=True)
class Access:
    """Where, and as whom. `password` is a secret: never in a message, a file or a log."""

    source: str
    connection: Connection
    root: Path  # of the company folder; a relative file path starts there
    password: str | None

    @property
    def url(self) -> SplitResult:
        return urlsplit(self.connection.url)

    def place(self) -> str:
        """For messages: the URL without anybody's name or secret."""
        host = self.url.hostname or ""
        return f"{self.url.scheme}:{'//' if host else ''}{host}{f':{self.url.port}' if self.url.port else ''}{self.url.path}"

    def refused(self, code: str, error: BaseException | str, query: str = "-") -> FunnelError:
        why = " ".join(str(error).split())[:300]
        if self.password:
            why = why.replace(self.password, "•••")
        return FunnelError(code, source=self.source, place=self.place(), user=self.connection.user or "-", why=why, query=query)


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
