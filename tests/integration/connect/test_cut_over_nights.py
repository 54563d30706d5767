"""Nights of a firm that moves from a weekly file to a CRM: read, landed and made into deals, before, on and after the last day of the file.

Belongs here: that the two words of the configuration reach the figures, and that what comes after the end is kept, told and not counted.
Does not: the many cases of two sources telling of one deal (tests/integration/models/test_cut_over.py).
"""

import sqlite3
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines.defs.assets.land import land_source
from pipelines.defs.session import open_night
from pipelines.landing.ledger import Ledger
from pipelines.settings.company import CompanyFolder
from pipelines.settings.load import load_company
from tests.integration.connect.nights import land_at, tables

pytestmark = [pytest.mark.slow, pytest.mark.nightly]
SETTINGS = """
company: Movers
time_zone: Asia/Taipei
base_currency: TWD
sources:
  weekly: {mapping: mappings/weekly.yaml, files: ["weekly_*.csv"], fresh_within_days: 8, ends_on: 2026-03-31}
  crm: {kind: sql, mapping: mappings/crm.yaml, connection: {url: "sqlite:crm.db"}}
"""
WEEKLY = """
version: 1
delivered_at: {file_name: 'weekly_(?P<date>\\d{8})\\.csv'}
sheets:
  - records:
      - entity: opportunity
        key: [No]
        columns: {opportunity_name: Deal, amount: {column: Amount, tax: excluded}, stage: Stage, created_date: Created}
"""
CRM = """
version: 1
queries:
  deal: {sql: "select id, name, amount, stage, created, x_legacy_no from deal"}
sheets:
  - sheet: deal
    records:
      - entity: opportunity
        key: [id]
        columns: {opportunity_name: name, amount: {column: amount, tax: excluded}, stage: stage, created_date: created, continues: {column: x_legacy_no, source: weekly}}
"""
OPEN = "select opportunity_id, cast(amount as int), created_date, version_count from canonical.opportunity where not is_vanished order by 1"


@pytest.fixture
def folder(tmp_path: Path) -> CompanyFolder:
    for name in ("mappings", "playbook", "inbox"):
        (tmp_path / name).mkdir()
    (tmp_path / "funnel.yaml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "mappings" / "weekly.yaml").write_text(WEEKLY, encoding="utf-8")
    (tmp_path / "mappings" / "crm.yaml").write_text(CRM, encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "crm.db")) as database, database:
        database.execute("create table deal (id integer primary key, name text, amount, stage text, created text, x_legacy_no text)")
    return load_company(tmp_path)


def deliver(folder: CompanyFolder, day: str, *lines: str) -> None:
    (folder.root / "inbox" / f"weekly_{day}.csv").write_text("No,Deal,Amount,Stage,Created\n" + "\n".join(lines) + "\n", encoding="utf-8")


def enter(folder: CompanyFolder, *deals: tuple) -> None:
    with closing(sqlite3.connect(folder.root / "crm.db")) as database, database:
        database.executemany("insert or replace into deal values (?, ?, ?, ?, ?, ?)", deals)


def states(folder: CompanyFolder) -> list[tuple[str, str]]:
    return [(state.entry["delivered_date"], state.state_code) for state in Ledger(folder).states() if state.entry["source"] == "weekly"]


CARRIED = [
    (1, "Pumps", 100, "Need", "2026-04-01", "A"),
    (2, "Valves", 250, "Need", "2026-04-01", "B"),
    (3, "New", 7, "Need", "2026-04-01", None),
]
SHEET = ("A,Pumps,100,Need,2026-02-01", "B,Valves,200,Need,2026-02-02")
AFTER = [("crm:1", 100, date(2026, 2, 1), 2), ("crm:2", 250, date(2026, 2, 2), 2), ("crm:3", 7, date(2026, 4, 1), 1)]


@pytest.mark.slow
@pytest.mark.parametrize("is_pilot", [False, True])
def test_a_series_ends_and_its_deals_go_on_in_the_crm(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch, is_pilot: bool) -> None:
    deliver(folder, "20260322", *SHEET)
    deliver(folder, "20260329", *SHEET)
    with open_night(folder, date(2026, 3, 30)) as session:
        land_source(session, "weekly")
    if is_pilot:
        enter(folder, *CARRIED[:2])
        land_at(folder, datetime(2026, 3, 25, 18, 30), "crm", monkeypatch=monkeypatch)
    with tables(folder, date(2026, 3, 31), "+opportunity") as before:
        names = ("crm:1", "crm:2") if is_pilot else ("weekly:A", "weekly:B")
        assert before.execute(OPEN).fetchall() == [(names[0], 100, date(2026, 2, 1), 1), (names[1], 200, date(2026, 2, 2), 1)]
    enter(folder, *CARRIED)
    land_at(folder, datetime(2026, 4, 2, 18, 30), "crm", monkeypatch=monkeypatch)
    deliver(folder, "20260405", "A,Pumps,999,Need,2026-02-01")
    with open_night(folder, date(2026, 4, 6)) as session:
        late = land_source(session, "weekly")
        assert late.state == "unchanged" and late.deliveries[-1]["outcome_code"] == "ended"
        assert [told["code"] for told in session.outcome.notices] == ["FNL-314"] and session.outcome.messages == []
    assert states(folder) == [("2026-03-22", "live"), ("2026-03-29", "live"), ("2026-04-05", "ended")]
    with tables(folder, date(2026, 4, 6), "+opportunity +record_vanishing +freshness") as after:
        assert after.execute(OPEN).fetchall() == AFTER
        assert after.execute("select count(*) from canonical.record_vanishing").fetchall() == [(0,)]
        assert after.execute("select is_stale, fresh_within_days from marts.freshness where source_system = 'weekly'").fetchall() == [
            (False, None)
        ]
        history = "select version_number, source_system, valid_from_date, valid_to_date from canonical.opportunity_version where opportunity_id = 'crm:2' order by 1"
        cut = date(2026, 4, 1) if is_pilot else date(2026, 4, 2)
        assert after.execute(history).fetchall()[0] == (1, "weekly", date(2026, 3, 22), cut)


def test_the_crm_landed_first_and_an_end_put_off_come_to_the_same(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(folder, *CARRIED)
    land_at(folder, datetime(2026, 4, 2, 18, 30), "crm", monkeypatch=monkeypatch)
    for day, lines in (("20260322", SHEET), ("20260329", SHEET), ("20260405", ("A,Pumps,999,Need,2026-02-01",))):
        deliver(folder, day, *lines)
    with open_night(folder, date(2026, 4, 6)) as session:
        land_source(session, "weekly")
    with tables(folder, date(2026, 4, 6), "+opportunity") as after:
        assert after.execute(OPEN).fetchall() == AFTER
    later = SETTINGS.replace("2026-03-31", "2026-04-05")
    (folder.root / "funnel.yaml").write_text(later, encoding="utf-8")
    put_off = load_company(folder.root)
    assert states(put_off) == [("2026-03-22", "live"), ("2026-03-29", "live"), ("2026-04-05", "live")]
    with tables(put_off, date(2026, 4, 5), "+opportunity") as evening:  # the sheet tells up to the fifth, and lacks B then
        assert evening.execute(OPEN).fetchall() == [("crm:1", 999, date(2026, 2, 1), 2), ("crm:3", 7, date(2026, 4, 1), 1)]
    with tables(put_off, date(2026, 4, 6), "+opportunity") as after:
        assert [(row[0], row[1]) for row in after.execute(OPEN).fetchall()] == [("crm:1", 100), ("crm:2", 250), ("crm:3", 7)]
