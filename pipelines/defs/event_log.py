"""Dagster's event log in one SQLite file, over one engine.

Belongs here: that storage class, named in dagster.yaml. Does not: anything about events. The shipped SQLite storage writes each asset
event twice and makes a new engine, with empty statement caches, for every statement: a third of a night's own time.
A night stores about 1,500 events; what a power cut takes of the last ones is told again by the night's own log and summary, so that a
commit need not wait for the disk (synchronous = normal, with the write-ahead log that Dagster sets).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_SECONDS = 60


class EventLogStorage(ConsolidatedSqliteEventLogStorage):
    """Keeps its engine and its connections; a transaction lives for one statement, since several processes write."""

    @cached_property
    def _engine(self) -> Engine:
        engine = create_engine(self._conn_string, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal").close())
        return engine

    def dispose(self) -> None:
        """Closes the connections too."""
        super().dispose()
        if "_engine" in self.__dict__:
            self._engine.dispose()

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            yield connection
