"""SQL Server's driver, the real one, against a few words of the protocol: signing in, TLS, types as they come over the line, errors by number.

Belongs here: what only the driver itself can show. Does not: statements and spelling (tests/unit/extract/test_sqlserver.py). No SQL Server was asked.
"""

import struct
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import pytest

from pipelines.extract.connect.access import Access
from pipelines.extract.sql.opened import opened
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.source import Connection
from tests.fixtures.tds import DONE, ENCRYPT_NOT_SUPPORTED, LOGIN, Heard, error, table, tds

SECRET = "geheim 密碼"
NVARCHAR, INT, BIT, MONEY, VARBINARY = (
    b"\xe7" + struct.pack("<H", 8000) + bytes(5),
    b"\x26\x04",
    b"\x68\x01",
    b"\x6e\x08",
    b"\xa5" + struct.pack("<H", 8),
)
DECIMAL, GUID, DATE, TIME = b"\x6a\x11" + bytes([38, 10]), b"\x24\x10", b"\x28", b"\x29\x07"
DATETIME, DATETIME2, DATETIMEOFFSET = b"\x6f\x08", b"\x2a\x07", b"\x2b\x07"
DAY = (date(2025, 5, 7).toordinal() - 1).to_bytes(3, "little")  # counted from 0001-01-01
CLOCK = (302431234567).to_bytes(5, "little")  # 08:24:03.1234567 in tenths of a microsecond
VALUES = [  # type, bytes on the line, text
    (NVARCHAR, struct.pack("<H", 12) + "王小明 🧋".encode("utf-16-le"), "王小明 🧋"),
    (NVARCHAR, b"\x00\x00", ""),
    (NVARCHAR, b"\xff\xff", None),
    (INT, b"\x04" + struct.pack("<i", -7), "-7"),
    (INT, b"\x00", None),
    (BIT, b"\x01\x01", "true"),
    (MONEY, b"\x08" + struct.pack("<iI", *divmod(12345678904, 2**32)), "1234567.8904"),
    (DECIMAL, b"\x11\x01" + (12345678901234567890123456780123456789).to_bytes(16, "little"), "1234567890123456789012345678.0123456789"),
    (GUID, b"\x10" + bytes.fromhex("1e2c3a6f00000040800000000000abcd"), "6F3A2C1E-0000-4000-8000-00000000ABCD"),
    (VARBINARY, struct.pack("<H", 8) + bytes.fromhex("00000000000007d1"), "0x00000000000007D1"),
    (DATE, b"\x03" + DAY, "2025-05-07"),
    (TIME, b"\x05" + CLOCK, "08:24:03.123456"),
    (
        DATETIME,
        b"\x08" + struct.pack("<iI", 45782, 9072937),
        "2025-05-07T08:24:03.123000",
    ),  # days since 1900, 1/300 s since midnight: shown as ms
    (DATETIME2, b"\x08" + CLOCK + DAY, "2025-05-07T08:24:03.123456"),
    (
        DATETIMEOFFSET,
        b"\x0a" + CLOCK + DAY + struct.pack("<h", 480),
        "2025-05-07T08:24:03.123456Z",
    ),  # the instant, and where it was written
]


def answers(others: Callable[[str], bytes], allowed: int = 1) -> Callable[[str], bytes]:
    def answer(sql: str) -> bytes:
        if "sys.databases" in sql:
            state = [b"\x04" + struct.pack("<i", allowed), struct.pack("<H", 8) + bytes.fromhex("00000000000007d9")]
            return table({"allowed": INT, "settled": VARBINARY}, state)
        return others(sql) if "held" in sql else DONE

    return answer


def access(heard: Heard, words: str = "?encryption=off") -> Access:
    return Access("erp", Connection(url=f"mssql://127.0.0.1:{heard.port}/sales{words}", user="reader"), Path(), SECRET)


def alone(*wanted: Access) -> list[tuple[str, str]]:
    """Code and words of each refusal, one after another in a process of their own: see `_said` of sqlserver.py."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return list(process.map(told_to, wanted))


def told_to(wanted: Access) -> tuple[str, str]:
    error = refused(wanted)
    return error.message.code, " ".join(error.message.lines())


def refused(wanted: Access) -> FunnelError:
    with pytest.raises(FunnelError) as told, opened(wanted) as database:
        list(database.stream("select * from held"))
    for language in ("en", "zh-Hant"):
        lines = told.value.message.lines(language)
        assert len(lines) == 4 and SECRET not in " ".join(lines)
    return told.value


def test_values_as_they_come_over_the_line() -> None:
    columns = {f"c{number}": kind for number, (kind, _, _) in enumerate(VALUES)}
    rows = table(columns, [value for _, value, _ in VALUES], [value for _, value, _ in VALUES])
    with tds(answers(lambda sql: rows)) as heard, opened(access(heard)) as database:
        (frame,) = database.stream("select * from held")
        assert database.settled("0x00000000000007E0") == "0x00000000000007D9"
    assert frame.rows() == [tuple(text for _, _, text in VALUES)] * 2
    asked = [sql for sql in heard.batches if not sql.startswith(("SET ARITHABORT", "use "))]
    assert asked[1:] == ["set dateformat ymd", "set transaction isolation level snapshot", "begin transaction", "select * from held"]
    assert heard.login[26] & 0x20, "ApplicationIntent=ReadOnly"


@pytest.mark.parametrize(("number", "code"), [(229, "FNL-254"), (208, "FNL-256"), (3952, "FNL-273"), (1205, "FNL-257")])
def test_an_error_of_the_server(number: int, code: str) -> None:
    with tds(answers(lambda sql: error(number, "Some words about held."))) as heard:
        told = refused(access(heard))
    assert told.message.code == code and f"{number}: Some words" in " ".join(told.message.lines())


@pytest.mark.parametrize(("number", "code"), [(18456, "FNL-252"), (4060, "FNL-255"), (18488, "FNL-252")])
def test_an_error_while_signing_in(number: int, code: str) -> None:
    with tds(answers(lambda sql: DONE), login=error(number, "No.", 14)) as heard:
        (told,) = alone(access(heard))
    assert told[0] == code and f"{number}: No." in told[1]


def test_without_encryption_the_password_is_not_told() -> None:
    with tds(answers(lambda sql: DONE), encryption=ENCRYPT_NOT_SUPPORTED) as heard:
        (told,) = alone(access(heard, words=""))
    assert told[0] == "FNL-253" and LOGIN not in heard.packets


def test_nobody_listens() -> None:
    with tds(answers(lambda sql: DONE)) as heard:
        pass
    (told,) = alone(access(heard))
    assert told[0] == "FNL-251"


def test_a_second_source_that_is_refused() -> None:
    """The driver forgets to forget: it would call each of these a wrong password. What it still tells is told, and how to learn more."""
    with (
        tds(answers(lambda sql: DONE), login=error(18456, "No.", 14)) as wrong,
        tds(answers(lambda sql: DONE), login=error(4060, "Where?", 11)) as elsewhere,
    ):
        with tds(answers(lambda sql: DONE)) as gone:
            pass
        first, second, third = alone(access(wrong), access(gone), access(elsewhere))
    assert (first[0], second[0], third[0]) == ("FNL-252", "FNL-251", "FNL-252")
    assert "read alone" not in first[1] and "read alone" in third[1]


def test_a_line_that_is_cut() -> None:
    with tds(answers(lambda sql: b"")) as heard:
        assert refused(access(heard)).message.code == "FNL-257"
