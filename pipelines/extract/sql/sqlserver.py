"""SQL Server, through pymssql. Not run against a server: tests check what it sends by a T-SQL parser, and what comes back by a stand-in.

Belongs here: opening, streaming, its spelling, and what its errors mean. Does not: other databases.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote
from uuid import UUID

import polars as pl

from pipelines.extract.connect.access import Access
from pipelines.extract.sql.database import Database, short, unambiguous
from pipelines.extract.sql.rows import frames_of, of_values

REFUSED = {
    "FNL-251": (20002, 20003, 20009, 20013, 40613),
    "FNL-252": (18452, 18456, 18470, 18486, 18487, 18488, 20018),
    "FNL-254": (229, 230, 297, 300, 916),
    "FNL-255": (911, 4060),
    "FNL-256": (102, 105, 156, 195, 205, 207, 208, 209, 241, 242, 245, 402, 512, 1033, 4104, 4121, 8115, 8120, 8134, 8155, 8156, 8114),
    "FNL-273": (3952,),
}
CODES = {number: code for code, numbers in REFUSED.items() for number in numbers}
# Asked before the snapshot begins: all below that row version is committed then, so the snapshot shows it.
STATE = "select snapshot_isolation_state as allowed, min_active_rowversion() as settled from sys.databases where name = db_name()"
# There is no read-only transaction: this one is never committed. The order of day and month is otherwise the login's language's.
SNAPSHOT = ("set dateformat ymd", "set transaction isolation level snapshot", "begin transaction")
NOT_ALLOWED = "snapshot isolation is not allowed in this database"
OWN = re.compile(r"DB-Lib error message (\d+), severity \d+:\n")
NO_TALK = 20002  # somebody is there, but signing in broke off before the server could say why
ENCRYPTION = ("require", "request", "off")
INSTANT = re.compile(r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,3})?\d*(Z?)$")
ROW_VERSION = re.compile(r"^0x[0-9A-F]+$")
CONNECT_SECONDS = 20


@contextmanager
def sqlserver(access: Access) -> Iterator[Database]:
    import pymssql

    where, encryption = access.url, _encryption(access)
    try:
        with closing(
            pymssql.connect(
                server=where.hostname or "", port=str(where.port or 1433), database=unquote(where.path.lstrip("/")),
                user=access.connection.user, password=access.password or "", encryption=encryption, read_only=True, use_datetime2=True,
                login_timeout=CONNECT_SECONDS, autocommit=True, appname="funnel",
            )
        ) as connection:  # fmt: skip
            with closing(connection.cursor()) as cursor:
                cursor.execute(STATE)
                ((allowed, settled),) = cursor.fetchall()
                if allowed != 1:
                    raise access.refused("FNL-273", NOT_ALLOWED)
                for statement in SNAPSHOT:
                    cursor.execute(statement)
            yield _SqlServer(access, connection, _spelled(settled))
    except pymssql.Error as error:
        number, text = _said(error)
        code = "FNL-253" if number == NO_TALK and encryption == "require" else CODES.get(number, "FNL-257")
        raise access.refused(code, text) from None


def _encryption(access: Access) -> str:
    """The URL's word; without one a server that does not encrypt is not told the password."""
    said = dict(parse_qsl(access.url.query, keep_blank_values=True))
    if not said.keys() <= {"encryption"} or said.get("encryption", "require") not in ENCRYPTION:
        raise access.refused("FNL-258", f"{access.url.query}: the URL may say encryption, and that one of {', '.join(ENCRYPTION)}")
    return said.get("encryption", "require")


def _said(error: Any) -> tuple[int, str]:
    """The number and the words, without what the driver adds. Once it was refused while signing in, it keeps that number for the whole
    process, and leaves out the words of who refuses it next."""
    number, text = error.args if len(error.args) == 2 else (error.args or ((0, str(error)),))[0]
    words = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    lines, own = " ".join(dict.fromkeys(OWN.sub("\n", words).split("\n"))).strip(), OWN.match(words)
    if own and int(own[1]) != number:
        return int(own[1]), f"{own[1]}: {lines}; another source was refused before: read alone, this one shows the server's own words"
    return number, f"{number}: {lines}"


class _SqlServer(Database):
    marks = "[]"

    def __init__(self, access: Access, connection: Any, below: str) -> None:
        self.access, self.connection, self.below = access, connection, below

    def literal(self, value: str) -> str:
        """A row version is a number of bytes. `datetime` takes three digits of a second and no more: fewer find more."""
        if ROW_VERSION.match(value):
            return value
        instant = INSTANT.match(value)
        if instant:
            day, clock, fraction, zone = instant.groups(default="")
            return f"'{day} {clock}{fraction}{' +00:00' if zone else ''}'"
        return super().literal(value) if value.isascii() else f"N{super().literal(value)}"

    def whole(self, sql: str) -> str:
        """Within brackets too: what this database does not take there (order by, with) fails in the first night, not in the second."""
        return f"select * from (\n{sql}\n) everything"

    def settled(self, value: str) -> str:
        """Row versions are given when a row is written and seen when it is committed: a lower one may appear after a higher."""
        return min(value, self.below) if ROW_VERSION.match(value) and len(value) == len(self.below) else value

    def stream(self, sql: str) -> Iterator[pl.DataFrame]:
        import pymssql

        try:
            with closing(self.connection.cursor()) as cursor:
                cursor.execute(sql)
                names = unambiguous(self.access, sql, [column[0] for column in cursor.description or []])
                yield from frames_of(names, cursor.fetchmany, [_texts] * len(names))
        except pymssql.Error as error:
            number, text = _said(error)
            raise self.access.refused(CODES.get(number, "FNL-257"), text, query=short(sql)) from None


def _texts(values: Sequence[Any]) -> pl.Series:
    """As everywhere, but bytes (row versions) and GUIDs as this database itself writes them."""
    return of_values([_spelled(value) for value in values] if {bytes, UUID} & set(map(type, values)) else values)


def _spelled(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"0x{value.hex().upper()}"
    return str(value).upper() if isinstance(value, UUID) else value
