"""PostgreSQL, through ADBC: rows come as columns, in the server's own binary form.

Belongs here: opening, streaming, and what its errors mean. Does not: other databases.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import polars as pl
import pyarrow as pa

from pipelines.extract.connect.access import Access
from pipelines.extract.sql.database import Database, short, unambiguous
from pipelines.extract.sql.postgresql_text import text_frame, unreadable

CODES = {"28": "FNL-252", "3D": "FNL-255", "42501": "FNL-254", "42": "FNL-256", "22": "FNL-256"}  # SQLSTATE, or its class
SNAPSHOT = "set transaction isolation level repeatable read, read only"
CONNECT_SECONDS = 20


@contextmanager
def postgresql(access: Access) -> Iterator[Database]:
    from adbc_driver_manager import Error
    from adbc_driver_postgresql import dbapi

    try:
        with dbapi.connect(_uri(access)) as connection, connection.cursor() as cursor:
            cursor.execute(SNAPSHOT)
            yield _PostgreSQL(access, cursor)
    except Error as error:
        raise access.refused(_code(error), error) from None


def _uri(access: Access) -> str:
    who = quote(access.connection.user or "", safe="")
    secret = f":{quote(access.password, safe='')}" if access.password else ""
    words = "&".join(word for word in (access.url.query, f"connect_timeout={CONNECT_SECONDS}") if word)
    return f"postgresql://{who}{secret}@{access.url.hostname or ''}:{access.url.port or 5432}{access.url.path}?{words}"


def _code(error: Any) -> str:
    state, text = error.sqlstate or "", str(error)
    if state:
        return CODES.get(state) or CODES.get(state[:2]) or "FNL-257"
    for words, code in (
        ("password authentication", "FNL-252"),
        ("no password", "FNL-252"),
        ("does not exist", "FNL-255"),
        ("SSL", "FNL-253"),
    ):
        if words in text:
            return code
    return "FNL-251"


def _midway(error: Any) -> str:
    """Between rows the driver raises what its library for columns raises, without a state; a connection that is gone has none either."""
    if getattr(error, "sqlstate", None):
        return _code(error)
    return "FNL-256" if "ERROR:" in str(error) and "canceling statement" not in str(error) else "FNL-257"


class _PostgreSQL(Database):
    def __init__(self, access: Access, cursor: Any) -> None:
        self.access, self.cursor = access, cursor

    def stream(self, sql: str) -> Iterator[pl.DataFrame]:
        from adbc_driver_manager import Error

        try:
            self.cursor.execute(sql)
            with self.cursor.fetch_record_batch() as reader:
                unambiguous(self.access, sql, reader.schema.names)
                if unreadable(reader.schema):
                    why = f"these have no form that can be read, select them as text: {', '.join(unreadable(reader.schema))}"
                    raise self.access.refused("FNL-256", why, query=short(sql))
                empty = True
                for batch in reader:
                    yield text_frame(batch)
                    empty = False
                if empty:
                    yield pl.DataFrame(schema=dict.fromkeys(reader.schema.names, pl.String()))
        except (Error, pa.ArrowException, OSError) as error:
            raise self.access.refused(_midway(error), error, query=short(sql)) from None
