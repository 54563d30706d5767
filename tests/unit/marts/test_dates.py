"""Dates as the marts show them: the company's zone, its fiscal year, its working calendar, and the night after midnight.

Belongs here: what depends on company settings that dbt's own unit tests cannot turn. Expected values are worked out by hand.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.fixtures.company import deal, playbook
from tests.fixtures.dbt_run import build
from tests.fixtures.ledger import Told, write_ledger

CALENDAR = [
    {"_key": day, "calendar_date": day, "is_working_day": worked, "day_name": name}
    for day, worked, name in (
        ("2025-01-27", "false", "調整放假"), ("2025-01-28", "false", "除夕"), ("2025-01-29", "false", "春節"),
        ("2025-01-30", "false", "春節"), ("2025-01-31", "false", "春節"), ("2025-02-08", "true", "補班"),
    )
]  # fmt: skip


def warehouse(root: Path, as_of: date, told: list[Told], select: str, **settings: Any) -> duckdb.DuckDBPyConnection:
    assert build(write_ledger(root, told, as_of), as_of, select=select, command="tables", **settings) == []
    return duckdb.connect(str(root / "warehouse.duckdb"), read_only=True)


def test_fiscal_year_from_july_and_make_up_days(tmp_path: Path) -> None:
    rules = playbook(date(2024, 1, 1))
    rules.rows["working_calendar"] = CALENDAR
    found = warehouse(tmp_path, date(2025, 7, 5), [rules], "+dim_date", fiscal_year_start_month=7)
    days = "select fiscal_year_code, fiscal_quarter_code, fiscal_month_number from marts.dim_date where date_day = ?"
    assert found.execute(days, [date(2025, 6, 30)]).fetchone() == ("FY2025", "FY2025-Q4", 12)
    assert found.execute(days, [date(2025, 7, 1)]).fetchone() == ("FY2026", "FY2026-Q1", 1)
    assert found.execute(days, [date(2025, 1, 1)]).fetchone() == ("FY2025", "FY2025-Q3", 7)
    kinds = "select is_working_day, is_holiday, is_make_up_day from marts.dim_date where date_day = ?"
    assert found.execute(kinds, [date(2025, 1, 27)]).fetchone() == (False, True, False)
    assert found.execute(kinds, [date(2025, 2, 8)]).fetchone() == (True, False, True)
    assert found.execute(kinds, [date(2025, 2, 9)]).fetchone() == (False, False, False)
    # after Friday 24 January: 3-7 February are five, Saturday the 8th makes up, Monday the 10th: seven
    counted = "select max(working_day_number) - min(working_day_number) from marts.dim_date where date_day in ('2025-01-24', '2025-02-10')"
    assert found.execute(counted).fetchone() == (7,)


def test_iso_weeks_around_the_new_year(tmp_path: Path) -> None:
    """29 December 2025 is a Monday whose Thursday is 1 January; 1 January 2027 is a Friday: its week began in 2026, the 53rd."""
    found = warehouse(tmp_path, date(2026, 3, 31), [playbook()], "+dim_date")
    days = "select week_code, week_start_date, month_code from marts.dim_date where date_day = ?"
    assert found.execute(days, [date(2025, 12, 28)]).fetchone() == ("2025-W52", date(2025, 12, 22), "2025-12")
    assert found.execute(days, [date(2025, 12, 29)]).fetchone() == ("2026-W01", date(2025, 12, 29), "2025-12")
    assert found.execute(days, [date(2027, 1, 1)]).fetchone() == ("2026-W53", date(2026, 12, 28), "2027-01")
    weeks = found.execute("select date_day, week_code from marts.dim_date").fetchall()
    assert [day for day, code in weeks if code != "{}-W{:02}".format(*day.isocalendar())] == []


@pytest.mark.parametrize(
    ("zone", "closed_at", "delivered_at"),
    [
        ("Asia/Taipei", "2026-03-31T15:30:00Z", datetime(2026, 3, 31, 15, 59, 59)),
        ("America/New_York", "2026-04-01T03:30:00Z", datetime(2026, 4, 1, 3, 59, 59)),
    ],
)
def test_closed_half_an_hour_before_midnight_belongs_to_march(tmp_path: Path, zone: str, closed_at: str, delivered_at: datetime) -> None:
    told = [playbook(), Told("weekly", date(2026, 3, 31), {"opportunity": [deal("A", "成交", closed_at=closed_at)]}, at=delivered_at)]
    found = warehouse(tmp_path, date(2026, 3, 31), told, "+win_rate", time_zone=zone)
    months = "select period_code, won_count from marts.win_rate where scope_code = 'company' and period_kind_code = 'month' order by 1 desc"
    last, *earlier = found.execute(months).fetchall()
    assert last == ("2026-03", 1) and not any(won for _, won in earlier)


def test_won_after_midnight_is_open_until_the_next_day(tmp_path: Path) -> None:
    """Won at 01:10 local; the 02:30 night still counts to the day that ended: open there, won in the next night."""
    won = deal("A", "成交", closed_at="2026-03-31T17:10:00Z")
    told = [
        playbook(),
        Told("weekly", date(2026, 3, 30), {"opportunity": [deal("A", "方案")]}),
        Told("weekly", date(2026, 3, 31), {"opportunity": [won]}, at=datetime(2026, 3, 31, 18, 30)),
    ]
    states = "select status_code, stage_code, closed_date from marts.fct_opportunity"
    standing = (
        "select stage_code, open_count, reached_count from marts.funnel_by_stage where stage_set_code = 'standard' order by stage_number"
    )
    (tmp_path / "ended").mkdir()
    found = warehouse(tmp_path / "ended", date(2026, 3, 31), told, "+win_rate +funnel_by_stage +funnel_by_band")
    assert found.execute(states).fetchall() == [("open", "offer", None)]
    assert found.execute(standing).fetchall() == [("contact", 0, 1), ("need", 0, 1), ("offer", 1, 1), ("won", 0, 0)]
    assert found.execute("select distinct won_count, closed_count, win_rate from marts.win_rate").fetchall() == [(0, 0, None)]
    assert found.execute("select band_code from marts.funnel_by_band where deal_count = 1").fetchall() == [("negotiation",)]
    (tmp_path / "next").mkdir()
    found = warehouse(tmp_path / "next", date(2026, 4, 1), told, "+win_rate +funnel_by_stage +funnel_by_band")
    assert found.execute(states).fetchall() == [("won", "won", date(2026, 4, 1))]
    assert found.execute(standing).fetchall() == [("contact", 0, 1), ("need", 0, 1), ("offer", 0, 1), ("won", 0, 1)]
    assert found.execute("select band_code from marts.funnel_by_band where deal_count = 1").fetchall() == [("closed",)]
