"""Opening a database to read: one snapshot, nothing written, rows streamed as text, refusals told as messages.

Belongs here: what the kinds of database share, and which URL means which. Does not: one of them (postgresql.py and others).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager

import polars as pl

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.cursor import NUMBER

BATCH_ROWS = 20_000


class Database(ABC):
    """One open snapshot, and how this kind of database spells what is asked of it."""

    marks = '""'  # around a column's name; the closing one is doubled within

    @abstractmethod
    def stream(self, sql: str) -> Iterator[pl.DataFrame]:
        """The rows of a query, BATCH_ROWS or so at a time, all columns String; at least one frame, which may be empty."""

    def quoted(self, name: str) -> str:
        return f"{self.marks[0]}{name.replace(self.marks[1], self.marks[1] * 2)}{self.marks[1]}"

    def literal(self, value: str) -> str:
        """A cursor's value: a number, or a quoted text, which a database takes for the type of the column it is compared with."""
        return value if NUMBER.match(value) else "'" + value.replace("'", "''") + "'"

    def since(self, column: str, value: str) -> str:
        """The condition that a row changed at `value` or later. A row without a time may have changed at any."""
        return f"{self.quoted(column)} >= {self.literal(value)} or {self.quoted(column)} is null"

    def whole(self, sql: str) -> str:
        """The query of a reading that wants every row."""
        return sql

    def settled(self, value: str) -> str:
        """`value`, or less: below it nothing can still appear that this snapshot does not show."""
        return value


def opened(access: Access) -> AbstractContextManager[Database]:
    """The snapshot of the database that the URL names. Raises FunnelError FNL-251 to 256, and 273; FNL-258 for a URL nobody knows."""
    scheme = access.url.scheme
    if scheme in ("postgresql", "postgres"):
        from pipelines.extract.sql.postgresql import postgresql

        return postgresql(access)
    if scheme in ("mysql", "mariadb"):
        from pipelines.extract.sql.mysql import mysql

        return mysql(access)
    if scheme == "mssql":
        from pipelines.extract.sql.sqlserver import sqlserver

        return sqlserver(access)
    if scheme == "sqlite":
        from pipelines.extract.sql.sqlite import sqlite

        return sqlite(access)
    raise access.refused("FNL-258", f"{scheme or access.connection.url!r} is not one of postgresql, mysql, mariadb, mssql, sqlite")


def short(sql: str) -> str:
    """For messages: the beginning of a query, on one line."""
    return " ".join(sql.split())[:120]


def unambiguous(access: Access, sql: str, names: list[str]) -> list[str]:
    """Two columns of one name would be one, and a value lost. Raises FunnelError FNL-256."""
    twice = sorted({name for name in names if names.count(name) > 1 or not name})
    if twice:
        raise access.refused("FNL-256", f"each column needs a name of its own: {', '.join(repr(name) for name in twice)}", query=short(sql))
    return names
