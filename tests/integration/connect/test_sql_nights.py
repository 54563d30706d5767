"""Thirty nights of a database that changes at random, read night by night, against one reading at the end: nothing lost, nothing twice.

On SQLite, PostgreSQL and MariaDB alike: the connector's cursor, overlap and listing are one, the comparison and the order of times are each database's own.
The clock is the application's: up to five minutes wrong, so that a change may carry an earlier time than one that was read before.
"""

import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.extract.connect.connector import Batch
from pipelines.extract.sql import sqlite as sqlite_database
from pipelines.extract.sql.connector import SqlConnector
from pipelines.extract.sql.database import Database
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from pipelines.settings.load import load_company
from tests.integration.connect.databases import ANYTHING, KINDS, MOMENT, Behind
from tests.integration.connect.nights import land_at, land_rules, tables

NIGHTS, FIRST = 30, datetime(2026, 3, 1, 18, 30)
SETTINGS = """
company: Nights
time_zone: Asia/Taipei
base_currency: TWD
sources:
  nightly: &crm {{kind: sql, mapping: mappings/crm.yaml, connection: {connection}}}
  once: *crm
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
SCHEMA = (
    "create table deal (id integer primary key, name varchar(80), amount {anything}, stage varchar(20), changed_at {moment})",
    "create table customer (code varchar(20) primary key, name varchar(80))",
)


pytestmark = pytest.mark.parametrize("server", KINDS, indirect=True, scope="module")


@pytest.fixture
def folder(crm: Behind, tmp_path: Path) -> CompanyFolder:
    crm.run(*(table.format(moment=MOMENT[crm.kind], anything=ANYTHING[crm.kind]) for table in SCHEMA))
    for name in ("mappings", "playbook", "inbox"):
        (tmp_path / name).mkdir()
    (tmp_path / "funnel.yaml").write_text(SETTINGS.format(connection=crm.settings()), encoding="utf-8")
    (tmp_path / "mappings" / "crm.yaml").write_text(MAPPING, encoding="utf-8")
    return load_company(tmp_path)


def inserted(table: str, rows: Iterable[tuple]) -> str:
    told = ", ".join("(" + ", ".join("null" if value is None else repr(value) for value in row) + ")" for row in rows)
    return f"insert into {table} values {told}"


def live_a_day(crm: Behind, chance: random.Random, moment: datetime, numbers: Iterator[int]) -> None:
    """Some deals come, change or go before `moment`; several changes share one instant; every clock is off by up to five minutes."""
    known = [row[0] for row in crm.rows("select id from deal order by id")]
    deeds = []
    for _ in range(chance.randint(2, 6)):
        at = (moment - timedelta(minutes=chance.choice([0, 1, 1, 30]) - chance.randint(-5, 5))).isoformat(sep=" ", timespec="seconds")
        deed = chance.choice(["create", "create", "change", "change", "remove"])
        if deed == "create" or not known:
            deeds.append(inserted("deal", [(next(numbers), f"Deal {at}", chance.randint(1, 9), "New", at)]))
            continue
        key = chance.choice(known)
        if deed == "change":
            stage = chance.choice(["New", "Offer", "Won"])
            deeds.append(f"update deal set stage = '{stage}', amount = amount + 1, changed_at = '{at}' where id = {key}")
        else:
            deeds.append(f"delete from deal where id = {key}")
    code = f"C{chance.randint(1, 5)}"
    crm.run(*deeds, f"delete from customer where code = '{code}'", inserted("customer", [(code, f"Name {chance.randint(1, 3)}")]))


@pytest.mark.slow
@pytest.mark.nightly
def test_thirty_nights_are_one_reading_at_the_end(crm: Behind, folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, numbers = random.Random(5), count(1)
    crm.run(inserted("deal", [(next(numbers), f"Old {number}", number, "New", "2026-02-01 08:00:00") for number in range(40)]),
            inserted("customer", [("C0", "First")]))  # fmt: skip
    for number in range(NIGHTS):
        moment = FIRST + timedelta(days=number)
        live_a_day(crm, chance, moment, numbers)
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


def test_a_reading_that_breaks_off_counts_for_nothing(crm: Behind, folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.run(inserted("deal", [(1, "A", 5, "New", "2026-02-01 08:00:00")]), inserted("customer", [("C", "Name")]))
    read = SqlConnector._read

    def broken(connector: SqlConnector, database: Database, name: str, *words: Any) -> Iterator[Batch]:
        if name == "customer":
            crm.cut()
        yield from read(connector, database, name, *words)

    with monkeypatch.context() as patch:
        if crm.kind == "sqlite":
            crm.cut = lambda: patch.setattr(sqlite_database, "frames_of", disk_error)  # type: ignore[method-assign]
        patch.setattr(SqlConnector, "_read", broken)
        with pytest.raises(FunnelError) as error:
            land_at(folder, FIRST, "nightly", monkeypatch=patch)
    assert error.value.message.code == "FNL-257" and cursors(folder) == []
    assert not (folder.data / "extracting" / "nightly").exists()
    land_at(folder, FIRST + timedelta(days=1), "nightly", monkeypatch=monkeypatch)
    assert len(cursors(folder)) == 1


def disk_error(names: list[str], fetch: Callable) -> Iterator[pl.DataFrame]:
    raise sqlite3.DatabaseError("disk I/O error")


def test_what_was_undone_is_asked_for_again(crm: Behind, folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        crm.run(inserted("deal", [(number, "A", 5, "New", f"2026-03-0{number + 1} 08:00:00")]))
        land_at(folder, FIRST + timedelta(days=number), "nightly", monkeypatch=monkeypatch)
    ledger = Ledger(folder)
    first, second = cursors(folder)[0], cursors(folder)[1]
    ledger.revoke(next(state for state in ledger.states() if state.entry["delivery_kind"] == "delta").id, "wrong")
    assert Ledger(folder).cursor("nightly") == first != second
    land_at(folder, FIRST + timedelta(days=3), "nightly", monkeypatch=monkeypatch)
    latest = cursors(folder)[-1]
    assert Ledger(folder).cursor("nightly") == latest and latest not in (first, second), "asked for again once, not for ever"


def test_a_row_without_a_time_is_not_passed_over(crm: Behind, folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, at in enumerate(["2026-03-01 08:00:00", None]):
        crm.run(inserted("deal", [(number, "A", 5, "New", at)]))
        land_at(folder, FIRST + timedelta(days=number), "nightly", monkeypatch=monkeypatch)
    read = pl.concat([pl.read_parquet(path) for path in folder.landing.glob("nightly/opportunity/content/e*.parquet")], how="diagonal")
    assert sorted(read["_record_key"]) == ["0", "1"]


def test_records_named_by_their_content_do_not_vanish_from_a_listing(
    crm: Behind, folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = folder.root / "mappings" / "crm.yaml"
    mapping.write_text(MAPPING.replace("entity: customer, key: [code]", "entity: customer, content_key: all"), encoding="utf-8")
    crm.run(inserted("deal", [(1, "A", 5, "New", "2026-03-01 08:00:00")]),
            inserted("customer", [(f"C{number}", f"Name {number}") for number in range(3)]))  # fmt: skip
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


def test_half_the_keys_are_held_and_nothing_vanishes(crm: Behind, folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.run(inserted("deal", [(number + 1, f"Deal {number}", number, "New", "2026-02-01 08:00:00") for number in range(40)]))
    land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch)
    crm.run("delete from deal where id > 15")
    land_at(folder, FIRST + timedelta(days=1), "nightly", monkeypatch=monkeypatch)
    states = [(state.entry["delivery_kind"], state.state_code) for state in Ledger(folder).states() if state.entry["source"] == "nightly"]
    assert states == [("full", "live"), ("delta", "live"), ("ids", "held")]


def test_a_query_that_asks_otherwise_is_read_whole(crm: Behind, folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.run(inserted("deal", [(1, "A", 5, "New", "2026-02-01 08:00:00"), (2, "B", 5, "New", "2026-03-01 08:00:00")]))
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
