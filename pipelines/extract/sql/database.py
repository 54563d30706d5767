"""One open snapshot of a database, as every kind of it looks to a connector.

Belongs here: what the kinds of database share. Does not: one of them (postgresql.py and others), or which URL means which (opened.py).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator

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


def short(sql: str) -> str:
    """For messages: the beginning of a query, on one line."""
    return " ".join(sql.split())[:120]


def unambiguous(access: Access, sql: str, names: list[str]) -> list[str]:
    """Two columns of one name would be one, and a value lost. Raises FunnelError FNL-256."""
    twice = sorted({name for name in names if names.count(name) > 1 or not name})
    if twice:
        raise access.refused("FNL-256", f"each column needs a name of its own: {', '.join(repr(name) for name in twice)}", query=short(sql))
    return names
