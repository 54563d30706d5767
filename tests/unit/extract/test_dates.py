"""Dates and timestamps: every expected value below was worked out by hand."""

from itertools import product
from unittest.mock import patch

import polars as pl
import pytest

from pipelines.extract.parsers import dates as module
from pipelines.extract.parsers.dates import dates, timestamps

TAIPEI = "Asia/Taipei"  # UTC+8, no summer time


def one_date(text: str, *formats: str, zone: str = TAIPEI) -> str | None:
    return dates(pl.Series([text]), list(formats), zone).item()


def one_timestamp(text: str, *formats: str, zone: str = TAIPEI) -> str | None:
    return timestamps(pl.Series([text]), list(formats), zone).item()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02", "2026-01-02"),
        ("2026/1/2", "2026-01-02"),
        ("2026.01.02", "2026-01-02"),
        ("2026年1月2日", "2026-01-02"),
        ("20260102", "2026-01-02"),
        ("２０２６/０１/０２", "2026-01-02"),
        ("2026-01-02 00:00:00", "2026-01-02"),  # a date cell as the reader writes it
        ("2026-01-02 13:45:30", "2026-01-02"),
        ("民國113年2月29日", "2024-02-29"),  # 113 + 1911
        ("民國113/02/03", "2024-02-03"),
        ("2026-01-02T23:00:00Z", "2026-01-03"),  # 07:00 the next day in Taipei
        ("2026-02-30", None),
        ("113/02/03", None),  # the year 113: only a declared 民國 format reads it
        ("1/2/2026", None),  # January or February? Only a declared format says
        ("0026-01-02", None),
        ("soon", None),
    ],
)
def test_a_date_without_declared_format(text: str, expected: str | None) -> None:
    assert one_date(text) == expected


@pytest.mark.parametrize(
    ("text", "format", "expected"),
    [
        ("113/2/3", "roc:yyy/mm/dd", "2024-02-03"),
        ("99/12/31", "roc:yyy/mm/dd", "2010-12-31"),
        ("1130203", "roc:yyymmdd", "2024-02-03"),
        ("112/2/29", "roc:yyy/mm/dd", None),  # 2023 has no such day
        ("03-07-2021 01:09", "%d-%m-%Y %H:%M", "2021-07-03"),
        ("15 Apr, 2021 00:02:00", "%d %b, %Y %H:%M:%S", "2021-04-15"),
        ("4/15/21", "%m/%d/%y", "2021-04-15"),
        ("2026-01-02", "%d/%m/%Y", None),  # only what is declared
    ],
)
def test_a_date_in_a_declared_format(text: str, format: str, expected: str | None) -> None:
    assert one_date(text, format) == expected


def test_the_first_format_that_reads_a_text_wins() -> None:
    assert one_date("01/02/2026", "%d/%m/%Y", "%m/%d/%Y") == "2026-02-01"
    assert one_date("01/22/2026", "%d/%m/%Y", "%m/%d/%Y") == "2026-01-22"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02 08:00:00", "2026-01-02T00:00:00Z"),
        ("2026/1/2 07:59", "2026-01-01T23:59:00Z"),
        ("2026-01-02T08:00:00.25", "2026-01-02T00:00:00.250000Z"),
        ("2026-01-02T08:00:00+00:00", "2026-01-02T08:00:00Z"),
        ("2026-01-02T08:00:00-05:00", "2026-01-02T13:00:00Z"),
        ("2026-01-02", None),  # a day without a time is never midnight
    ],
)
def test_a_timestamp_is_utc(text: str, expected: str | None) -> None:
    assert one_timestamp(text) == expected


def test_chinese_halves_of_the_day() -> None:
    assert one_timestamp("2026/1/2 下午 02:05:00", "%Y/%m/%d %p %I:%M:%S") == "2026-01-02T06:05:00Z"


def test_summer_time_in_new_york() -> None:
    zone = "America/New_York"
    assert one_timestamp("2026-01-02 12:00:00", zone=zone) == "2026-01-02T17:00:00Z"
    assert one_timestamp("2026-07-02 12:00:00", zone=zone) == "2026-07-02T16:00:00Z"
    assert one_timestamp("2026-03-08 02:30:00", zone=zone) is None  # the clock jumped over it
    assert one_timestamp("2026-11-01 01:30:00", zone=zone) == "2026-11-01T05:30:00Z"  # twice that night: the first


def test_nulls_and_order_survive_repetition() -> None:
    texts = pl.Series(["2026-01-02", None, "x", "2026-01-02", "2026-01-03", "2026-01-02", "2026-01-02"])
    assert dates(texts, [], TAIPEI).to_list() == ["2026-01-02", None, None, "2026-01-02", "2026-01-03", "2026-01-02", "2026-01-02"]


def test_a_timestamp_that_is_canonical_already_is_what_the_formats_make_of_it() -> None:
    years, months, days = (1899, 1900, 2023, 2024, 2199, 2200), range(14), (0, 1, 10, 19, 20, 28, 29, 30, 31, 32)
    hours, minutes, seconds = (0, 9, 19, 23, 24), (0, 59, 60), (0, 9, 59, 60)
    texts = ["{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*parts) for parts in product(years, months, days, hours, minutes, seconds)]
    values = pl.Series([*texts, None, "2026-01-02 03:04", "2026-01-02T03:04:05Z\n", "2026-01-02T03:04:05.5Z"])
    quick = timestamps(values, [], TAIPEI).to_list()
    with patch.object(module, "_CANONICAL", "^$"):  # none is taken as it stands
        assert quick == timestamps(values, [], TAIPEI).to_list()


def test_a_canonical_timestamp_is_not_parsed() -> None:
    with patch.object(module, "_moments", side_effect=AssertionError):
        assert one_timestamp("2023-12-31T23:59:59Z") == "2023-12-31T23:59:59Z"
