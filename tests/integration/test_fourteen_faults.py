"""The fourteen faults that public packages of this kind ship (metrics.md): one test each, on the company worked out by hand.

Belongs here: the question that shows the fault. Does not: planting it (tests/mutations does, and says which test went red).
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from ruamel.yaml import YAML

from tests.golden.compare import EXPECTED
from tests.integration.conftest import ROOT, Night

pytestmark = pytest.mark.slow
PROJECT = ROOT / "dbt_project"
MAY_BE_EMPTY = {
    "dim_product": "the company has no product list", "neglected_customer": "it declares no limit", "restatement": "nothing was published before",
}  # fmt: skip
CLOCK = re.compile(r"\b(current_date|current_timestamp|localtimestamp|getdate|sysdate|run_started_at|modules\.datetime)\b|\b(now|today|current_localtimestamp)\s*\(", re.I)  # fmt: skip
COLUMNS = "select table_name, column_name from information_schema.columns where table_schema = 'marts' and column_name like ? order by all"


def columns(night: Night, ending: str) -> Iterator[tuple[str, str]]:
    yield from night.rows(COLUMNS, f"%{ending}")


def test_1_no_duration_runs_backwards(golden: Night) -> None:
    found = {f"{table}.{name}": night_min(golden, table, name) for table, name in columns(golden, "_days")}
    assert not {name: value for name, value in found.items() if value is not None and value < 0}
    cycles = golden.rows("select opportunity_id, cycle_days from marts.fct_opportunity where is_won and cycle_days is not null order by 1")
    assert cycles == [("deals:D05", 126), ("deals:D07", 57), ("deals:D08", 176), ("deals:D14", 61)]


def night_min(night: Night, table: str, name: str) -> Decimal | None:
    return night.row(f'select min("{name}") from marts.{table}')[0]


def test_2_a_probability_of_twenty_percent_is_a_fifth(golden: Night) -> None:
    told = "select source_probability_rate from marts.fct_opportunity where opportunity_id = 'deals:D03'"
    assert golden.row(told) == (Decimal("0.2"),)
    weighed = "select sum(weighted_amount_base), sum(weighted_amount_base) <= sum(amount_base) from marts.fct_opportunity where is_open"
    assert golden.row(weighed) == (955_000, True)


def test_3_one_win_and_no_loss_is_not_nothing(golden: Night) -> None:
    """Ann: one win, no loss. April: two wins with money, a loss without any."""
    counted = "select won_count, lost_count, closed_count, outcome_count from marts.win_rate where scope_code = 'owner' and period_code = 'all' and win_rate_id like '%ANN%'"
    assert golden.row(counted) == (1, 0, 1, 1)
    weighed = "select win_amount_rate, lost_amount_base from marts.win_rate where scope_code = 'company' and period_code = '2026-04'"
    assert golden.row(weighed) == (1, 0)


def test_4_nobody_wins_more_than_was_closed(golden: Night) -> None:
    """Ben's name is on the list beside D05 and Chu's beside D14; the wins are Dai's and Ben's, above and below the line alike."""
    owners = "select split_part(win_rate_id, ':', 3), won_count, closed_count from marts.win_rate where scope_code = 'owner' and period_code = 'all' and closed_count > 0 order by 1"
    assert golden.rows(owners) == [("ANN", 1, 1), ("BEN", 1, 3), ("CHU", 1, 2), ("DAI", 2, 2)]
    for table, name in columns(golden, "_rate"):
        if name != "exchange_rate":
            assert golden.row(f'select count(*) from marts.{table} where "{name}" not between 0 and 1') == (0,), f"{table}.{name}"


def test_5_a_category_that_nobody_mapped_stays_in_the_pipeline(golden: Night) -> None:
    assert golden.row(
        "select status_code, forecast_category_code, amount_base from marts.fct_opportunity where opportunity_id = 'deals:D12'"
    ) == ("open", None, 700_000)
    assert golden.row("select sum(open_count), sum(amount_base) from marts.funnel_by_stage") == (6, 2_200_000)


def test_6_a_deal_that_never_changes_is_there_every_day(golden: Night) -> None:
    """D01 stood still from 31 March to 30 April, D03 since 30 April: one of their spans holds on each of those days, week-ends too."""
    spans = "select valid_from_date, valid_until_date, status_code from marts.opportunity_interval where opportunity_id = ? and is_end_of_day order by interval_number"
    for deal in ("deals:D01", "deals:D03", "deals:D12"):
        found = golden.rows(spans, deal)
        assert all(sooner[1] == later[0] for sooner, later in pairwise(found)), deal
        assert found[-1][1] == date(9999, 12, 31)
    held = "select count(*) from marts.opportunity_interval where opportunity_id = 'deals:D03' and status_code = 'open' and valid_from_date <= ? and ? < valid_until_date"
    assert [golden.row(held, day, day) for day in (date(2026, 5, 2), date(2026, 5, 16), date(2026, 5, 31))] == [(1,)] * 3


def test_7_a_stage_entered_twice_is_two_visits(golden: Night) -> None:
    visits = "select stage_code, visit_number, entered_date from marts.fct_stage_visit where opportunity_id = 'deals:D06' and stage_code in ('need', 'proposal') order by visit_sequence"
    assert golden.rows(visits) == [
        ("need", 1, date(2026, 1, 15)),
        ("proposal", 1, date(2026, 1, 25)),
        ("need", 2, date(2026, 2, 4)),
        ("proposal", 2, date(2026, 2, 14)),
    ]


def test_8_the_past_carries_its_own_stage(golden: Night) -> None:
    told = "select valid_from_date, stage_code from marts.opportunity_history where opportunity_id = 'deals:D01' order by version_number"
    assert [stage for _, stage in golden.rows(told)] == ["proposal", "approved", "approved", "selected", "won"]
    stood = "select stage_code from marts.opportunity_interval where opportunity_id = 'deals:D06' and valid_from_date <= ? and ? < valid_until_date"
    assert [golden.row(stood, day, day) for day in (date(2026, 1, 10), date(2026, 2, 10), date(2026, 5, 1))] == [
        ("contact",),
        ("need",),
        ("negotiation",),
    ]


def test_9_half_past_eleven_on_31_march_is_march(golden: Night) -> None:
    closed = "select closed_date from marts.fct_opportunity where opportunity_id = 'deals:D07'"
    assert golden.row(closed) == (date(2026, 3, 31),)
    assert golden.row("select won_count from marts.win_rate where scope_code = 'company' and period_code = 'FY2026'") == (1,)
    created = "select created_date from marts.fct_opportunity where opportunity_id = 'deals:D15'"
    assert golden.row(created) == (date(2026, 4, 1),)  # ten past midnight, in UTC still March


def test_10_created_in_january_counts_the_lost_and_the_gone(golden: Night) -> None:
    created = "select count(*), sum(case when is_open then 1 else 0 end) from marts.fct_opportunity where is_counted and created_date between '2026-01-01' and '2026-01-31'"
    assert golden.row(created) == (6, 3)
    reached = "select count(distinct opportunity_id) from marts.fct_stage_reached where stage_code in ('contact', 'requested') and opportunity_id in ('deals:D02', 'deals:D04', 'deals:D16')"
    assert golden.row(reached) == (3,)


def test_11_a_merged_deal_counts_once_and_keeps_its_past(golden: Night) -> None:
    assert golden.row("select count(*) from marts.fct_stage_reached where opportunity_id = 'deals:D11'") == (0,)
    assert golden.row("select status_code, is_open, is_counted from marts.fct_opportunity where opportunity_id = 'deals:D11'") == (
        "merged",
        False,
        False,
    )
    assert golden.rows("select stage_code, ended_by_code, visit_days from marts.fct_stage_visit where opportunity_id = 'deals:D11'") == [
        ("contact", "vanished", 69)
    ]
    assert golden.rows(
        "select status_code from marts.opportunity_interval where opportunity_id = 'deals:D11' order by interval_number"
    ) == [("open",), ("merged",)]


def test_12_no_model_asks_the_clock() -> None:
    asked = [str(path.relative_to(PROJECT)) for path in [*PROJECT.rglob("models/**/*.sql"), *PROJECT.rglob("macros/*.sql")] if CLOCK.search(path.read_text(encoding="utf-8"))]  # fmt: skip
    assert asked == []


def test_12_every_figure_stands_at_the_as_of_date(golden: Night) -> None:
    for table, name in columns(golden, "as_of_date"):
        if name == "as_of_date":
            assert golden.rows(f"select distinct as_of_date from marts.{table}") in ([(date(2026, 5, 31),)], []), table


def test_13_no_deal_and_no_version_comes_twice(golden: Night) -> None:
    assert golden.row("select count(*), count(distinct opportunity_id) from marts.fct_opportunity") == (17, 17)
    told = "select count(*), count(distinct (opportunity_id, version_number)) from marts.opportunity_history"
    assert golden.row(told) == (49, 49)  # 72 rows of files, 23 of them as the month before
    spans = "select count(*) = count(distinct (opportunity_id, interval_number)) from marts.opportunity_interval"
    assert golden.row(spans) == (True,)


def test_14_no_table_and_no_expectation_is_empty(golden: Night) -> None:
    tables = [name for (name,) in golden.rows("select table_name from information_schema.tables where table_schema = 'marts' order by 1")]
    assert [name for name in tables if golden.row(f"select count(*) from marts.{name}") == (0,) and name not in MAY_BE_EMPTY] == []
    for path in EXPECTED.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert len(list(csv.reader(file))) > 1, path.name


def test_14_no_unit_test_expects_nothing_of_nothing() -> None:
    """A dbt unit test whose inputs hold no row proves nothing."""
    hollow = []
    for path in PROJECT.rglob("*.yml"):
        for test in (YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}).get("unit_tests") or []:
            if not any(given.get("rows") for given in test.get("given", [])):
                hollow.append(test["name"])
    assert hollow == []
