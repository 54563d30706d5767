"""SQL Server without a server: what is sent is read by two T-SQL parsers, what comes back is said by a stand-in for the driver.

Belongs here: statements, values and refusals of sqlserver.py. Does not: the driver.s own talk with a server (tests/integration/connect/test_tds.py).
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
import sqlglot
from sqlfluff.core import Linter
from sqlglot import ErrorLevel, exp

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.connector import Extraction
from pipelines.extract.mapping import Mapping
from pipelines.extract.sql.again import earlier, numbered
from pipelines.extract.sql.connector import SqlConnector
from pipelines.extract.sql.opened import opened
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.source import Connection

NOW = datetime(2026, 3, 1, 18, 30)
MAPPING = {
    "version": 1,
    "queries": {
        "deal": {
            "cursor": "changed at",
            "sql": "select d.id, d.[客戶 名稱], isnull(d.amount, 0) as amount, convert(varchar(36), d.guid) as guid, d.[changed at]\nfrom dbo.deal as d\n"
            "left join dbo.[stage] as s with (index(1)) on s.id = d.stage_id\nwhere d.kind = N'商機' -- only deals\n;",
        },
        "line": {"cursor": "rv", "sql": "select deal_id, no, sum(price) as price, max(rv) as rv from dbo.line group by deal_id, no"},
        "stage": {"sql": "select top (100) percent id, iif(closed = 1, 'yes', 'no') as closed from dbo.stage"},
    },
    "sheets": [
        {"sheet": "deal", "records": [{"entity": "opportunity", "key": ["id", "客戶 名稱"], "columns": {"opportunity_name": "id"}}]},
        {"sheet": "line", "records": [{"entity": "opportunity_line", "content_key": "all", "columns": {"opportunity": "deal_id"}}]},
        {"sheet": "stage", "records": [{"entity": "stage_change", "key": ["id"], "columns": {"opportunity": "id"}}]},
    ],
}
HIGHEST = bytes.fromhex("00000000000007d9")


class Driver(ModuleType):
    """Instead of pymssql: answers each query by the first table that it names, or raises what is to be raised."""

    class Error(Exception):
        pass

    def __init__(
        self, tables: dict[str, tuple[list[str], list[tuple]]], state: tuple = (1, HIGHEST), raised: dict[str, Any] | None = None
    ) -> None:
        super().__init__("pymssql")
        self.tables, self.state, self.raised = tables, state, raised or {}
        self.sent: list[str] = []
        self.words: dict[str, Any] = {}
        self.closed = 0

    def connect(self, **words: Any) -> "Driver":
        self.words = words
        self._maybe_raise("connect")
        return self

    def cursor(self) -> "Answer":
        return Answer(self)

    def close(self) -> None:
        self.closed += 1

    def _maybe_raise(self, sql: str) -> None:
        for part, (number, text) in self.raised.items():
            if part in sql:
                raise self.Error((number, text.encode()))


class Answer:
    def __init__(self, driver: Driver) -> None:
        self.driver, self.description, self.rows = driver, [], iter(())

    def execute(self, sql: str) -> None:
        self.driver.sent.append(sql)
        self.driver._maybe_raise(sql)
        names, rows = next(
            (table for name, table in self.driver.tables.items() if name in sql), (["allowed", "settled"], [self.driver.state])
        )
        self.description, self.rows = [(name, 1) for name in names], iter(rows)

    def fetchall(self) -> list[tuple]:
        return list(self.rows)

    def fetchmany(self, size: int) -> list[tuple]:
        return [row for row, _ in zip(self.rows, range(size), strict=False)]

    def close(self) -> None:
        self.rows = iter(())


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    at = datetime(2026, 3, 1, 8, 0, 0, 123457)
    made = Driver({
        "dbo.deal": (["id", "客戶 名稱", "changed at"], [(1, "王", at), (2, "李", at - timedelta(days=1))]),
        "dbo.line": (["deal_id", "no", "price", "rv"], [(1, 1, Decimal("10.50"), bytes.fromhex("00000000000007d1")), (1, 2, Decimal("1"), bytes.fromhex("00000000000007e0"))]),
        "dbo.stage": (["id", "closed"], [(1, "yes")]),
    })  # fmt: skip
    monkeypatch.setitem(sys.modules, "pymssql", made)
    return made


def access(url: str = "mssql://db.example.com/sales") -> Access:
    return Access("erp", Connection(url=url, user="reader"), Path(), "secret words")


def nights(number: int) -> Iterator[Extraction]:
    """Each extraction of so many nights, read to its end."""
    cursor = None
    for night in range(number):
        for extraction in SqlConnector(access(), Mapping.model_validate(MAPPING)).extractions(cursor, NOW + timedelta(days=night)):
            extraction.batches = iter(list(extraction.batches))
            cursor = extraction.cursor()
            yield extraction


def test_every_statement_is_t_sql(driver: Driver) -> None:
    """By the grammar of sqlfluff, and by sqlglot, which knows bracketed names better; two nights say all that is ever said."""
    assert [extraction.kind for extraction in nights(2)] == ["full", "delta", "ids"]
    statements = list(dict.fromkeys(driver.sent))
    assert len(statements) == 4 + 3 + 2 + 3, statements
    linter = Linter(dialect="tsql")
    for statement in statements:
        read = linter.parse_string(statement + "\n")
        # One statement: words that the grammar does not know could be the call of a procedure.
        assert not read.violations and read.tree and len(list(read.tree.recursive_crawl("statement"))) == 1, statement
        if "select" in statement:
            (parsed,) = sqlglot.parse(statement, read="tsql", error_level=ErrorLevel.RAISE)
            assert isinstance(parsed, exp.Select)


def test_the_parsers_do_refuse() -> None:
    """So that the test above proves something: what other databases take."""
    for statement in ("select * from t limit 5", "select `a` from t", "select a->>'b' from t", "set transaction isolation level snapshots"):
        assert Linter(dialect="tsql").parse_string(statement + "\n").violations


def test_the_second_night_asks_for_what_changed(driver: Driver) -> None:
    list(nights(2))
    changed = [statement.splitlines()[-1] for statement in driver.sent if " changed where " in statement]
    assert changed == [
        ") changed where [changed at] >= '2026-03-01 07:00:00.123' or [changed at] is null",
        ") changed where [rv] >= 0x00000000000007D9 or [rv] is null",
    ]
    listed = [statement.splitlines()[0] for statement in driver.sent if statement.endswith(" listed")]
    assert listed == ["select [id], [客戶 名稱] from (", "select * from (", "select [id] from ("]


def test_a_row_version_above_what_is_settled_is_not_passed_over(driver: Driver) -> None:
    """7E0 was seen, but who got 7D9 has not yet committed."""
    (full,) = nights(1)
    assert json.loads(full.cursor() or "")["values"]["line"] == "0x00000000000007D9"


def test_a_row_version_has_no_date_to_read_again_from(driver: Driver) -> None:
    mapping = Mapping.model_validate(MAPPING)
    (full,) = nights(1)
    assert numbered(mapping, full.cursor()) == {"line", "stage"}
    assert earlier("0x00000000000007D9", datetime(2026, 2, 1)) is None


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ("2026-03-01 07:00:00.123999", "'2026-03-01 07:00:00.123'"),
        ("2026-03-01 07:00:00", "'2026-03-01 07:00:00'"),
        ("2026-03-01 07:00:00.120000Z", "'2026-03-01 07:00:00.120 +00:00'"),
        ("2026-03-01 07:00:00Z", "'2026-03-01 07:00:00 +00:00'"),
        ("0x00000000000007D1", "0x00000000000007D1"),
        ("0x0'; drop table x", "'0x0''; drop table x'"),
        ("-5", "-5"),
        ("王's", "N'王''s'"),
    ],
)
def test_literals(driver: Driver, value: str, spelled: str) -> None:
    with opened(access()) as database:
        assert database.literal(value) == spelled
        assert database.quoted("a]b[c") == "[a]]b[c]"
    sqlglot.parse_one(f"select [a]]b[c] from t where x >= {spelled}", read="tsql", error_level=ErrorLevel.RAISE)


VALUES = [  # as pymssql gives them, by type
    ("datetime2", datetime(2026, 5, 7, 8, 24, 3, 120000), "2026-05-07T08:24:03.120000"),
    ("datetime", datetime(2026, 5, 7, 8, 24, 3), "2026-05-07T08:24:03"),
    ("datetimeoffset", datetime(2026, 5, 7, 8, 24, 3, tzinfo=timezone(timedelta(hours=8))), "2026-05-07T00:24:03Z"),
    ("datetimeoffset", datetime(2026, 5, 7, 8, 24, 3, 5, tzinfo=UTC), "2026-05-07T08:24:03.000005Z"),
    ("date", date(2024, 2, 29), "2024-02-29"),
    ("time", time(8, 24, 3), "08:24:03"),
    ("bit", True, "true"),
    ("money", Decimal("1234567.8900"), "1234567.8900"),
    ("decimal(38, 10)", Decimal("1E+3"), "1000"),
    ("decimal(38, 10)", Decimal("1234567890123456789012345678.0123456789"), "1234567890123456789012345678.0123456789"),
    ("bigint", 9223372036854775807, "9223372036854775807"),
    ("float", 0.1, "0.1"),
    ("uniqueidentifier", UUID("6f3a2c1e-0000-4000-8000-00000000abcd"), "6F3A2C1E-0000-4000-8000-00000000ABCD"),
    ("varbinary", b"\x00\xff", "0x00FF"),
    ("rowversion", bytes.fromhex("00000000000007d1"), "0x00000000000007D1"),
    ("nvarchar", "王小明 🧋", "王小明 🧋"),
    ("nvarchar", "", ""),
]


def test_values(driver: Driver) -> None:
    names = [f"c{number}" for number in range(len(VALUES))]
    driver.tables = {"held": (names, [tuple(value for _, value, _ in VALUES), (None,) * len(VALUES)])}
    with opened(access()) as database:
        (rows,) = database.stream("select * from held")
    assert rows.rows() == [tuple(text for _, _, text in VALUES), (None,) * len(VALUES)]


def test_opening_is_for_reading_only_and_encrypted(driver: Driver) -> None:
    with opened(access("mssql://db.example.com:1444/%E9%8A%B7%E5%94%AE")) as database:
        list(database.stream("select * from dbo.deal"))
    asked = {name: driver.words[name] for name in ("server", "port", "database", "user", "encryption", "read_only", "autocommit")}
    assert asked == {"server": "db.example.com", "port": "1444", "database": "銷售", "user": "reader", "encryption": "require", "read_only": True, "autocommit": True}  # fmt: skip
    assert driver.sent[1:4] == ["set dateformat ymd", "set transaction isolation level snapshot", "begin transaction"]
    assert not [sql for sql in driver.sent if "commit" in sql] and driver.closed == 1


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        ({"connect": (18456, "Login failed for user 'reader'. secret words")}, "FNL-252"),
        ({"connect": (4060, 'Cannot open database "sales" requested by the login. The login failed.')}, "FNL-255"),
        ({"connect": (20009, "Unable to connect: TDS server is unavailable or does not exist")}, "FNL-251"),
        ({"connect": (20002, "TDS server connection failed")}, "FNL-253"),
        ({"deal": (229, "The SELECT permission was denied on the object 'deal'")}, "FNL-254"),
        ({"deal": (208, "Invalid object name 'dbo.deal'.")}, "FNL-256"),
        ({"deal": (102, "Incorrect syntax near ')'.")}, "FNL-256"),
        ({"deal": (207, "Invalid column name 'x'.")}, "FNL-256"),
        ({"deal": (1033, "The ORDER BY clause is invalid in views, derived tables")}, "FNL-256"),
        ({"deal": (3952, "Snapshot isolation transaction failed accessing database 'sales'")}, "FNL-273"),
        ({"deal": (20047, "DBPROCESS is dead or not enabled")}, "FNL-257"),
    ],
)
def test_refusals(driver: Driver, raised: dict, code: str) -> None:
    driver.raised = raised
    assert refused().message.code == code


def test_a_database_without_snapshots(driver: Driver) -> None:
    driver.state = (0, HIGHEST)
    error = refused()
    assert error.message.code == "FNL-273" and "allow_snapshot_isolation" in error.message.lines()[3]
    assert driver.closed == 1 and len(driver.sent) == 1


@pytest.mark.parametrize("url", ["mssql://db.example.com/sales?encrypt=yes", "mssql://db.example.com/sales?encryption=maybe"])
def test_words_that_the_url_may_not_say(driver: Driver, url: str) -> None:
    assert refused(url).message.code == "FNL-258"


def refused(url: str = "mssql://db.example.com/sales") -> FunnelError:
    with pytest.raises(FunnelError) as error, opened(access(url)) as database:
        list(database.stream("select id from dbo.deal"))
    for language in ("en", "zh-Hant"):
        lines = error.value.message.lines(language)
        assert len(lines) == 4 and "secret words" not in " ".join(lines)
    return error.value
