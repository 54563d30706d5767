"""MySQL and MariaDB, through PyMySQL with a cursor that stays on the server.

Belongs here: opening, streaming, and what its errors mean. Does not: other databases.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import polars as pl

from pipelines.extract.connect.access import Access
from pipelines.extract.sql.database import Database
from pipelines.extract.sql.rows import frames_of

CODES = {1045: "FNL-252", 1698: "FNL-252", 1049: "FNL-255", 1044: "FNL-254", 1142: "FNL-254", 1143: "FNL-254", 2002: "FNL-251",
         2003: "FNL-251", 2005: "FNL-251", 2026: "FNL-253", 1054: "FNL-256", 1064: "FNL-256", 1146: "FNL-256"}  # fmt: skip
SNAPSHOT = ("set time_zone = '+00:00'", "set session transaction isolation level repeatable read",
            "start transaction with consistent snapshot, read only")  # fmt: skip
CONNECT_SECONDS = 20


@contextmanager
def mysql(access: Access) -> Iterator[Database]:
    import pymysql
    from pymysql.cursors import SSCursor

    where = access.url
    try:
        with closing(
            pymysql.connect(
                host=where.hostname, port=where.port or 3306, database=where.path.lstrip("/"), user=access.connection.user,
                password=access.password or "", charset="utf8mb4", connect_timeout=CONNECT_SECONDS, cursorclass=SSCursor,
            )
        ) as connection:  # fmt: skip
            with connection.cursor() as cursor:
                for statement in SNAPSHOT:
                    cursor.execute(statement)
            yield _MySQL(access, connection)
    except pymysql.err.Error as error:
        raise access.refused(_code(error), error) from None


def _code(error: Any) -> str:
    return CODES.get(error.args[0] if error.args else 0, "FNL-257")


class _MySQL:
    quote = "`"

    def __init__(self, access: Access, connection: Any) -> None:
        self.access, self.connection = access, connection

    def stream(self, sql: str) -> Iterator[pl.DataFrame]:
        import pymysql

        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql)
                yield from frames_of([column[0] for column in cursor.description or []], cursor.fetchmany)
        except pymysql.err.Error as error:
            raise self.access.refused(_code(error), error, query=" ".join(sql.split())[:120]) from None
