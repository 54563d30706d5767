"""Dagster's event log in one SQLite file, over one engine.

Belongs here: that storage class, named in dagster.yaml. Does not: anything about events. The shipped SQLite storage writes each asset
event twice and makes a new engine, with empty statement caches, for every statement: a third of a night's own time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from sqlalchemy import Connection, Engine, NullPool, create_engine

BUSY_SECONDS = 60


class EventLogStorage(ConsolidatedSqliteEventLogStorage):
    """Keeps its engine; a connection still lives for one transaction, since several processes write."""

    @cached_property
    def _engine(self) -> Engine:
        return create_engine(self._conn_string, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            yield connection
