"""SQLite, through Python's own driver: a column may hold values of any type, which typed drivers guess from the first rows and then fail.

Belongs here: opening, streaming, and what its errors mean. Does not: other databases.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import quote

import polars as pl

from pipelines.extract.connect.access import Access
from pipelines.extract.sql.database import Database, short, unambiguous
from pipelines.extract.sql.rows import frames_of


@contextmanager
def sqlite(access: Access) -> Iterator[Database]:
    path = access.root / access.url.path
    if not path.is_file():
        raise access.refused("FNL-255", f"there is no file {path}")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)) as connection:
            connection.execute("begin")
            connection.execute("select count(*) from sqlite_master").fetchone()  # the snapshot begins with the first read
            yield _Sqlite(access, connection)
    except sqlite3.DatabaseError as error:
        raise access.refused("FNL-255", error) from None


class _Sqlite(Database):
    def __init__(self, access: Access, connection: sqlite3.Connection) -> None:
        self.access, self.connection = access, connection

    def stream(self, sql: str) -> Iterator[pl.DataFrame]:
        try:
            cursor = self.connection.execute(sql)
            names = unambiguous(self.access, sql, [column[0] for column in cursor.description or []])
            yield from frames_of(names, cursor.fetchmany)
        except sqlite3.DatabaseError as error:
            code = "FNL-256" if getattr(error, "sqlite_errorname", "") == "SQLITE_ERROR" else "FNL-257"
            raise self.access.refused(code, error, query=short(sql)) from None
