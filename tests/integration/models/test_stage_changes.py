"""Stage changes from several witnesses: which make a visit, and when. Worked out by hand from the contract, one deal a case.

Belongs here: canonical.stage_change and the closing of deals. Does not: versions (test_ledger_models.py) or visits (marts).
Files come on the Sundays of March 2026 (1, 8, 15, 22); stages contact, need, offer, won, lost are written 聯絡 需求 方案 成交 失敗.
"""

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.fixtures.company import deal, playbook
from tests.fixtures.dbt_run import build
from tests.fixtures.ledger import Told, write_ledger

AS_OF = date(2026, 3, 25)
SUNDAYS = (1, 8, 15, 22)
# deal -> what each Sunday's file said: stage, or (stage, closed date)
STORY: dict[str, list] = {
    "explained": ["聯絡", "需求", "需求", "需求"],
    "contradicted": ["聯絡", "需求", "方案", "方案"],
    "late_close": ["聯絡", "方案", ("成交", "2026-03-07"), ("成交", "2026-03-07")],
    "after_close": ["聯絡", "需求", "方案", ("成交", "2026-03-03")],
    "reopened": ["方案", ("成交", "2026-03-08"), "方案", ("失敗", "2026-03-20")],
    "restated": ["方案", ("成交", "2026-03-05"), ("成交", "2026-03-06"), ("成交", "2026-03-06")],
    "back": ["方案", "需求", "方案", "方案"],
    "odd": ["聯絡", "怪階段", "需求", "需求"],
    "left": ["需求", "需求", "需求", "需求"],
    "joined": ["需求", "需求", "需求", "需求"],
    "one_day": ["聯絡", "聯絡", "聯絡", "聯絡"],
    "born": ["聯絡", "聯絡", "聯絡", "聯絡"],
}
LOG = [("explained", "2026-03-05T02:00:00Z", None, "需求"), ("contradicted", "2026-03-05T02:00:00Z", None, "方案"),
       ("left", "2026-02-27T02:00:00Z", "聯絡", "需求"), ("joined", "2026-02-27T02:00:00Z", None, "需求"),
       ("one_day", "2026-02-25T02:00:00Z", "聯絡", "需求"), ("one_day", "2026-02-25T09:00:00Z", "需求", "聯絡"),
       ("born", "2026-02-25T02:00:00Z", None, "方案"), ("born", "2026-02-27T02:00:00Z", "方案", "聯絡")]  # fmt: skip


def said(key: str, entry: str | tuple[str, str]) -> dict:
    stage, closed = entry if isinstance(entry, tuple) else (entry, None)
    return deal(key, stage, closed_date=closed)


def company() -> list[Told]:
    files = [
        Told("weekly", date(2026, 3, day), {"opportunity": [said(key, story[week]) for key, story in STORY.items()]})
        for week, day in enumerate(SUNDAYS)
    ]
    log = [
        {"_key": f"S{number}", "opportunity": (key, "weekly", "id"), "changed_at": at, "from_stage": before, "to_stage": stage}
        for number, (key, at, before, stage) in enumerate(LOG)
    ]
    return [playbook(), *files, Told("log", date(2026, 3, 22), {"stage_change": log})]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    root: Path = tmp_path_factory.mktemp("stage")
    assert build(write_ledger(root, company(), AS_OF), AS_OF, command="tables", select="+stage_change +opportunity") == []
    return duckdb.connect(str(root / "warehouse.duckdb"), read_only=True)


@pytest.mark.parametrize(
    ("key", "visits"),
    [
        # the native move on the 5th stands for what the file of the 8th shows
        ("explained", [("contact", "2026-02-25", "declared"), ("need", "2026-03-05", "native")]),
        # the file of the 8th says need where the log says offer: no visit; offer is entered once, when the log says
        ("contradicted", [("contact", "2026-02-25", "declared"), ("offer", "2026-03-05", "native")]),
        # offer was seen on the 8th, but the close of the 7th, learnt on the 15th, lies inside its interval: offer came no later
        ("late_close", [("contact", "2026-02-25", "declared"), ("offer", "2026-03-07", "observed"), ("won", "2026-03-07", "declared")]),
        # closed on the 3rd: need may have come before; offer, not seen before the 8th, cannot
        ("after_close", [("contact", "2026-02-25", "declared"), ("need", "2026-03-03", "observed"), ("won", "2026-03-03", "declared")]),
        (
            "reopened",
            [
                ("offer", "2026-03-01", "observed"),
                ("won", "2026-03-08", "declared"),
                ("offer", "2026-03-15", "observed"),
                ("lost", "2026-03-20", "declared"),
            ],
        ),
        ("restated", [("offer", "2026-03-01", "observed"), ("won", "2026-03-06", "declared")]),
        ("back", [("offer", "2026-03-01", "observed"), ("need", "2026-03-08", "observed"), ("offer", "2026-03-15", "observed")]),
        ("odd", [("contact", "2026-02-25", "declared"), ("need", "2026-03-15", "observed")]),
        # first seen in need; the log says that it left contact on the 27th: there it stood since its creation
        ("left", [("contact", "2026-02-25", "declared"), ("need", "2026-02-27", "native")]),
        # the log names no stage before: nothing is known of one
        ("joined", [("need", "2026-02-27", "native")]),
        # the log has it created in offer; that it stood in contact when first seen says nothing of its beginning
        ("born", [("offer", "2026-02-25", "native"), ("contact", "2026-02-27", "native")]),
        # created, moved on and moved back on one day: the log does not contradict the creation, and its second move is a re-entry
        ("one_day", [("contact", "2026-02-25", "declared"), ("need", "2026-02-25", "native"), ("contact", "2026-02-25", "native")]),
    ],
)
def test_visits(warehouse: duckdb.DuckDBPyConnection, key: str, visits: list[tuple]) -> None:
    rows = warehouse.execute(
        "select to_stage_code, cast(changed_date as varchar), evidence_code from canonical.stage_change where opportunity_id = ? and is_visit order by visit_change_number",
        [f"weekly:{key}"],
    ).fetchall()
    assert rows == visits


def test_contradictions_are_kept_and_named(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select opportunity_id, to_stage_code, day(changed_date) from canonical.stage_change where is_contradiction order by 1"
    ).fetchall()
    assert rows == [("weekly:after_close", "offer", 15), ("weekly:contradicted", "need", 8)]


def test_the_interval_of_an_observed_change(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select day(changed_not_before_date), day(changed_date), is_first_seen from canonical.stage_change where opportunity_id = 'weekly:back' order by change_number"
    ).fetchall()
    assert rows == [(None, 1, True), (1, 8, False), (8, 15, False)]


@pytest.mark.parametrize(
    ("as_of", "expected"), [(date(2026, 3, 20), ("offer", False, False, None)), (date(2026, 3, 21), ("won", True, True, date(2026, 3, 21)))]
)
def test_a_win_after_midnight_belongs_to_the_next_day(tmp_path: Path, as_of: date, expected: tuple) -> None:
    """Fetched at 02:30 of the 21st (Taipei), so dated the 20th; won at 01:10 of the 21st."""
    files = [
        Told("weekly", date(2026, 3, 19), {"opportunity": [deal("A", "方案")]}),
        Told(
            "weekly",
            date(2026, 3, 20),
            {"opportunity": [deal("A", "成交", closed_date=None, closed_at="2026-03-20T17:10:00Z")]},
            at=datetime(2026, 3, 20, 18, 30),
        ),
    ]
    assert build(write_ledger(tmp_path, [playbook(), *files], as_of), as_of, command="tables", select="+stage_change +opportunity") == []
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select stage_code, is_closed, is_won, closed_date from canonical.opportunity").fetchall() == [expected]
        wins = connection.execute("select changed_date from canonical.stage_change where is_visit and to_stage_code = 'won'").fetchall()
    assert wins == ([(date(2026, 3, 21),)] if expected[1] else [])
