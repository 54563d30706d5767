"""Thirty nights of a database that changes at random, read night by night, against one reading at the end: nothing lost, nothing twice.

The database is SQLite; what is proven is the connector's cursor, overlap and listing, which all databases share.
Its clock is the application's: up to five minutes wrong, so that a change may carry an earlier time than one that was read before.
"""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.extract.sql import sqlite as sqlite_database
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from pipelines.settings.load import load_company
from tests.integration.connect.nights import land_at, land_rules, tables

NIGHTS, FIRST = 30, datetime(2026, 3, 1, 18, 30)
SETTINGS = """
company: Nights
time_zone: Asia/Taipei
base_currency: TWD
sources:
  nightly: &crm {kind: sql, mapping: mappings/crm.yaml, connection: {url: "sqlite:crm.db"}}
  once: *crm
  twin: *crm
"""
MAPPING = """
version: 1
queries:
  deal: {sql: "select id, name, amount, stage, changed_at from deal", cursor: changed_at}
  customer: {sql: "select code, name from customer"}
sheets:
  - sheet: deal
    records:
      - {entity: opportunity, key: [id], columns: {opportunity_name: name, amount: {column: amount, tax: excluded}, stage: stage}, not_a_change: [changed_at]}
  - sheet: customer
    records:
      - {entity: customer, key: [code], columns: {customer_name: name}}
"""
SCHEMA = """
create table deal (id integer primary key, name text, amount, stage text, changed_at text);
create table customer (code text primary key, name text);
"""


@pytest.fixture
def folder(tmp_path: Path) -> CompanyFolder:
    for name in ("mappings", "playbook", "inbox"):
        (tmp_path / name).mkdir()
    (tmp_path / "funnel.yaml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "mappings" / "crm.yaml").write_text(MAPPING, encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "crm.db")) as database, database:
        database.executescript(SCHEMA)
    return load_company(tmp_path)


def live_a_day(path: Path, chance: random.Random, moment: datetime) -> None:
    """Some deals come, change or go before `moment`; several changes share one instant; every clock is off by up to five minutes."""
    with closing(sqlite3.connect(path)) as database, database:
        known = [row[0] for row in database.execute("select id from deal")]
        for _ in range(chance.randint(2, 6)):
            at = (moment - timedelta(minutes=chance.choice([0, 1, 1, 30]) - chance.randint(-5, 5))).isoformat(sep=" ", timespec="seconds")
            deed = chance.choice(["create", "create", "change", "change", "remove"])
            if deed == "create" or not known:
                database.execute(
                    "insert into deal (name, amount, stage, changed_at) values (?, ?, ?, ?)",
                    (f"Deal {at}", chance.randint(1, 9), "New", at),
                )
                continue
            key = chance.choice(known)
            if deed == "change":
                stage = chance.choice(["New", "Offer", "Won"])
                database.execute("update deal set stage = ?, amount = amount + 1, changed_at = ? where id = ?", (stage, at, key))
            else:
                database.execute("delete from deal where id = ?", (key,))
        database.execute("insert or replace into customer values (?, ?)", (f"C{chance.randint(1, 5)}", f"Name {chance.randint(1, 3)}"))


@pytest.mark.slow
def test_thirty_nights_are_one_reading_at_the_end(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(5)
    with closing(sqlite3.connect(folder.root / "crm.db")) as database, database:
        rows = [(f"Old {number}", number, "New", "2026-02-01 08:00:00") for number in range(40)]
        database.executemany("insert into deal (name, amount, stage, changed_at) values (?, ?, ?, ?)", rows)
        database.execute("insert into customer values ('C0', 'First')")
    for number in range(NIGHTS):
        moment = FIRST + timedelta(days=number)
        live_a_day(folder.root / "crm.db", chance, moment)
        land_at(folder, moment, "nightly", monkeypatch=monkeypatch)
    last = FIRST + timedelta(days=NIGHTS)
    land_at(folder, last, "nightly", "once", monkeypatch=monkeypatch)
    land_rules(folder, last.date())
    states = [state for state in Ledger(folder).states() if state.entry["source"] == "nightly"]
    assert [state.entry["delivery_kind"] for state in states] == ["full", *["delta", "ids"] * NIGHTS]
    assert {state.state_code for state in states} == {"live"}
    with tables(folder, last.date() + timedelta(days=1), "+opportunity +customer") as connection:
        for table, columns in (("opportunity", "opportunity_name, amount, source_stage_name"), ("customer", "customer_name")):
            query = f"select source_record_id, {columns} from canonical.{table} where source_system = ? and not is_vanished order by all"
            nightly, once = (connection.execute(query, [source]).fetchall() for source in ("nightly", "once"))
            assert nightly == once and len(once) > 3, table
        gone = connection.execute("select count(*) from canonical.opportunity where source_system = 'nightly' and is_vanished").fetchall()
        assert gone[0][0] > 5


def cursors(folder: CompanyFolder) -> list[str | None]:
    return [state.entry["cursor"] for state in Ledger(folder).states() if state.entry["source"] == "nightly"]


def test_a_reading_that_breaks_off_counts_for_nothing(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(folder.root / "crm.db")) as database, database:
        database.execute("insert into deal values (1, 'A', 5, 'New', '2026-02-01 08:00:00')")
        database.execute("insert into customer values ('C', 'Name')")
    whole = sqlite_database.frames_of

    def broken(names: list[str], fetch: Callable) -> Iterator[pl.DataFrame]:
        yield from whole(names, fetch)
        if "code" in names:
            raise sqlite3.DatabaseError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_database, "frames_of", broken)
        with pytest.raises(FunnelError) as error:
            land_at(folder, FIRST, "nightly", monkeypatch=patch)
    assert error.value.message.code == "FNL-257" and cursors(folder) == []
    assert not (folder.data / "extracting" / "nightly").exists()
    land_at(folder, FIRST + timedelta(days=1), "nightly", monkeypatch=monkeypatch)
    assert len(cursors(folder)) == 1


def test_what_was_undone_is_asked_for_again(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        with closing(sqlite3.connect(folder.root / "crm.db")) as database, database:
            database.execute(f"insert into deal values ({number}, 'A', 5, 'New', '2026-03-0{number + 1} 08:00:00')")
        land_at(folder, FIRST + timedelta(days=number), "nightly", monkeypatch=monkeypatch)
    ledger = Ledger(folder)
    first, second = cursors(folder)[0], cursors(folder)[1]
    ledger.revoke(next(state for state in ledger.states() if state.entry["delivery_kind"] == "delta").id, "wrong")
    assert Ledger(folder).cursor("nightly") == first != second
    land_at(folder, FIRST + timedelta(days=3), "nightly", monkeypatch=monkeypatch)
    latest = cursors(folder)[-1]
    assert Ledger(folder).cursor("nightly") == latest and latest not in (first, second), "asked for again once, not for ever"


def test_a_row_without_a_time_is_not_passed_over(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, at in enumerate(["2026-03-01 08:00:00", None]):
        with closing(sqlite3.connect(folder.root / "crm.db")) as database, database:
            database.execute("insert into deal values (?, 'A', 5, 'New', ?)", (number, at))
        land_at(folder, FIRST + timedelta(days=number), "nightly", monkeypatch=monkeypatch)
    read = pl.concat([pl.read_parquet(path) for path in folder.landing.glob("nightly/opportunity/content/e*.parquet")], how="diagonal")
    assert sorted(read["_record_key"]) == ["0", "1"]


def test_records_named_by_their_content_do_not_vanish_from_a_listing(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = folder.root / "mappings" / "crm.yaml"
    mapping.write_text(MAPPING.replace("entity: customer, key: [code]", "entity: customer, content_key: all"), encoding="utf-8")
    with closing(sqlite3.connect(folder.root / "crm.db")) as database, database:
        database.execute("insert into deal values (1, 'A', 5, 'New', '2026-03-01 08:00:00')")
        database.executemany("insert into customer values (?, ?)", [(f"C{number}", f"Name {number}") for number in range(3)])
    for number in range(2):
        land_at(folder, FIRST + timedelta(days=number), "nightly", monkeypatch=monkeypatch)
    told = {state.entry["delivery_kind"]: state for state in Ledger(folder).states() if state.entry["source"] == "nightly"}
    members = {}
    for kind in ("full", "ids"):
        (part,) = [part for part in told[kind].entry["entities"] if part["entity"] == "customer"]
        members[kind] = set(
            pl.read_parquet(folder.landing / "nightly" / "customer" / "membership" / part["membership_file"])["_record_key"]
        )
    assert members["full"] == members["ids"] and len(members["ids"]) == 3


def test_half_the_keys_are_held_and_nothing_vanishes(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(folder.root / "crm.db")) as database, database:
        rows = [(f"Deal {number}", number, "New", "2026-02-01 08:00:00") for number in range(40)]
        database.executemany("insert into deal (name, amount, stage, changed_at) values (?, ?, ?, ?)", rows)
    land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch)
    with closing(sqlite3.connect(folder.root / "crm.db")) as database, database:
        database.execute("delete from deal where id > 15")
    land_at(folder, FIRST + timedelta(days=1), "nightly", monkeypatch=monkeypatch)
    states = [(state.entry["delivery_kind"], state.state_code) for state in Ledger(folder).states() if state.entry["source"] == "nightly"]
    assert states == [("full", "live"), ("delta", "live"), ("ids", "held")]


def test_a_query_that_asks_otherwise_is_read_whole(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(folder.root / "crm.db")) as database, database:
        database.execute("insert into deal values (1, 'A', 5, 'New', '2026-02-01 08:00:00')")
        database.execute("insert into deal values (2, 'B', 5, 'New', '2026-03-01 08:00:00')")
    land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch)
    mapping = folder.root / "mappings" / "crm.yaml"
    mapping.write_text(MAPPING.replace("select id, name, amount, stage", "select id, name, amount, 'Offer' as stage"), encoding="utf-8")
    land_at(folder, FIRST + timedelta(days=1), "nightly", monkeypatch=monkeypatch)
    read = pl.concat([pl.read_parquet(path) for path in folder.landing.glob("nightly/opportunity/content/e*.parquet")], how="diagonal")
    assert sorted(read.select("_record_key", "stage").rows()) == [("1", "New"), ("1", "Offer"), ("2", "New"), ("2", "Offer")]


def test_a_query_that_fails_is_shown(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = folder.root / "mappings" / "crm.yaml"
    mapping.write_text(MAPPING.replace("from customer", "from customers"), encoding="utf-8")
    with pytest.raises(FunnelError) as error:
        land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch)
    assert error.value.message.code == "FNL-256" and "customers" in " ".join(error.value.message.lines())


def test_values_keep_their_own_form(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column of SQLite may hold anything; text and bytes come through, a blank is no value."""
    with closing(sqlite3.connect(folder.root / "crm.db")) as database, database:
        rows = [(1, "A", 5, "New", None), (2, "B", "12.50", " ", None), (3, "C", 7.25, None, None), (4, "", "a lot", "New", None)]
        database.executemany("insert into deal values (?, ?, ?, ?, ?)", rows)
    (outcome,) = land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch).values()
    assert outcome.rows == {"source": 4, "accepted": 4, "refused": 0, "blank": 0, "title": 0, "duplicates": 0}
    (problem,) = folder.landing.glob("nightly/opportunity/problem/m*.parquet")
    assert pl.read_parquet(problem)["raw_value"].to_list() == ["a lot"]
    (content,) = folder.landing.glob("nightly/opportunity/content/e*.parquet")
    read = pl.read_parquet(content).sort("_record_key")
    assert read["amount"].to_list() == ["5", "12.5", "7.25", None] and read["stage"].to_list() == ["New", None, None, "New"]
