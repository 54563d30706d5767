"""The databases that the SQL source is run against, each as the same few verbs.

Belongs here: making one, changing it as its owner, and how a company's settings name it. Does not: tables, or any assertion.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from adbc_driver_postgresql import dbapi

from pipelines.extract.connect.access import Access
from pipelines.settings.source import Connection
from tests.fixtures import mariadb as maria
from tests.fixtures import postgresql as postgres

KINDS = ("sqlite", "postgresql", "mariadb")
SERVERS = KINDS[1:]
SECRET = maria.PASSWORD
SECRET_ENV = "FUNNEL_TEST_DATABASE_PASSWORD"
MOMENT = {"sqlite": "text", "postgresql": "timestamp(6)", "mariadb": "datetime(6)"}
ANYTHING = {"sqlite": "", "postgresql": "numeric(18, 2)", "mariadb": "decimal(18, 2)"}  # SQLite's columns may hold values of any type


@dataclass
class Behind:
    """One database, new. `url` as in funnel.yaml; `reader` may read all of it, and `poor` nothing, by SECRET."""

    kind: str
    name: str
    url: str
    connect: Callable[[], Any]
    reader: str | None = "reader"

    def run(self, *statements: str) -> None:
        """As the owner, committed together."""
        with closing(self.connect()) as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            cursor.close()
            connection.commit()

    def rows(self, query: str) -> list[tuple]:
        with closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(query)
            rows = [tuple(row) for row in cursor.fetchall()]
            cursor.close()
            return rows

    def cut(self) -> None:
        """End every connection of the reader, as a restarting server does."""
        if self.kind == "postgresql":
            self.rows("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reader'")
        else:
            self.run(*(f"kill {row[0]}" for row in self.rows("select id from information_schema.processlist where user = 'reader'")))

    def settings(self) -> str:
        """`connection:` of funnel.yaml."""
        user = f", user: {self.reader}, password_env: {SECRET_ENV}" if self.reader else ""
        return f'{{url: "{self.url}"{user}}}'

    def access(self, root: Path, **words: Any) -> Access:
        return Access("crm", Connection(url=self.url, user=self.reader, **words), root, SECRET if self.reader else None)


class Databases:
    """Of one kind, on one server that is started at the first need."""

    def __init__(self, kind: str, server: Any) -> None:
        self.kind, self.server, self.made = kind, server, 0

    def new(self, root: Path) -> Behind:
        self.made += 1
        name = f"crm_{self.made}"
        if self.kind == "sqlite":
            return Behind("sqlite", name, "sqlite:crm.db", lambda: sqlite3.connect(root / "crm.db"), None)
        if self.kind == "mariadb":
            self.server.sql(f"create database {name}", f"grant select on {name}.* to reader@'%'")
            return Behind("mariadb", name, f"mysql://127.0.0.1:{self.server.port}/{name}", lambda: self.server.connection(name))
        self.server.sql(f"create database {name}")
        self.server.sql("alter default privileges in schema public grant select on tables to reader", name)
        owner = f"postgresql://owner:{quote(postgres.PASSWORD, safe='')}@127.0.0.1:{self.server.port}/{name}"
        return Behind("postgresql", name, f"postgresql://127.0.0.1:{self.server.port}/{name}", lambda: dbapi.connect(owner))


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[Databases]:
    """With the users reader and poor, who may connect. Skips where the server is not installed."""
    if kind == "sqlite":
        yield Databases(kind, None)
    elif kind == "mariadb":
        with maria.mariadb(folder / "mariadb", "--default-time-zone=+05:30") as server:
            server.sql(f"create user reader@'%' {maria.identified()}", f"create user poor@'%' {maria.identified()}")
            yield Databases(kind, server)
    else:
        with postgres.postgresql(folder / "postgresql") as server:
            secret = SECRET.replace("'", "''")
            server.sql(f"create role reader login password '{secret}'; create role poor login password '{secret}'")
            yield Databases(kind, server)
