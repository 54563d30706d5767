"""Opening a database to read: one snapshot, nothing written, rows streamed as text, refusals told as messages.

Belongs here: which URL means which database; its driver is loaded only then. Does not: one of them (postgresql.py and others).
"""

from contextlib import AbstractContextManager

from pipelines.extract.connect.access import Access
from pipelines.extract.sql.database import Database


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
