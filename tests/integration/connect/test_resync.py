"""What a person asks to have read again: a change that no cursor shows is found, nothing vanishes, what did not change lands nothing new.

Belongs here: SQLite through the ledger and the command, the three CRMs through their connectors. Does not: the command's words (unit/cli).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.cli.main import main
from pipelines.extract.connect.again import BEGINNING, NOTHING, Again
from pipelines.landing.ledger import Ledger
from pipelines.settings.company import CompanyFolder
from pipelines.settings.load import load_company
from tests.integration.connect.fakes import KINDS, START, Standing, keys_of, read, standing
from tests.integration.connect.nights import land_at

FIRST = datetime(2026, 3, 10, 18, 30)
SETTINGS = """
company: Again
time_zone: Asia/Taipei
base_currency: TWD
sources:
  crm: {kind: sql, mapping: mappings/crm.yaml, connection: {url: "sqlite:crm.db"}}
  sheets: {mapping: mappings/crm.yaml, files: ["*.csv"]}
"""
MAPPING = """
version: 1
queries:
  deal: {sql: "select id, name, amount, changed_at from deal", cursor: changed_at}
  customer: {sql: "select code, name, version from customer", cursor: version}
sheets:
  - sheet: deal
    records:
      - {entity: opportunity, key: [id], columns: {opportunity_name: name, amount: {column: amount, tax: excluded}}, not_a_change: [changed_at]}
  - sheet: customer
    records:
      - {entity: customer, key: [code], columns: {customer_name: name}, not_a_change: [version]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> CompanyFolder:
    for name in ("mappings", "playbook", "inbox"):
        (tmp_path / name).mkdir()
    (tmp_path / "funnel.yaml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "mappings" / "crm.yaml").write_text(MAPPING, encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "crm.db")) as database, database:
        database.execute("create table deal (id integer primary key, name text, amount, changed_at text)")
        database.execute("create table customer (code text primary key, name text, version integer)")
        days = [(number, f"Deal {number}", number, f"2026-03-{number:02d} 08:00:00") for number in range(1, 10)]
        database.executemany("insert into deal values (?, ?, ?, ?)", days)
        database.executemany("insert into customer values (?, ?, ?)", [(f"C{number}", "Name", number) for number in range(1, 5)])
    return load_company(tmp_path)


def behind_the_cursor(folder: CompanyFolder) -> None:
    """An import that leaves every stamp as it was."""
    with closing(sqlite3.connect(folder.root / "crm.db")) as database, database:
        database.execute("update deal set amount = 500 where id = 2")
        database.execute("update deal set amount = 700 where id = 7")
        database.execute("update customer set name = 'Other' where code = 'C1'")


def told(folder: CompanyFolder) -> list[tuple[str, str, dict[str, int], int]]:
    """Of each delivery: kind, state, rows of each entity, and how many contents were new."""
    found = []
    for state in Ledger(folder).states():
        parts = state.entry["entities"]
        new = sum(
            pl.read_parquet(folder.landing / "crm" / part["entity"] / "content" / name).height for part in parts for name in part["content_files"]
        )  # fmt: skip
        found.append((state.entry["delivery_kind"], state.state_code, {part["entity"]: part["counts"]["source"] for part in parts}, new))
    return found


@pytest.mark.parametrize(
    ("words", "kind", "rows", "new"),
    [
        ((), "full", {"opportunity": 9, "customer": 4}, 3),
        (("--entity", "opportunity"), "delta", {"opportunity": 9, "customer": 1}, 2),
        (("--since", "2026-03-06"), "delta", {"opportunity": 5, "customer": 4}, 2),  # from the 5th on: midnight in Taipei is the 5th in UTC
        (("--entity", "opportunity", "--since", "2026-03-06"), "delta", {"opportunity": 5, "customer": 1}, 1),
    ],
)
def test_a_change_that_no_cursor_shows_is_found(
    folder: CompanyFolder, words: tuple[str, ...], kind: str, rows: dict[str, int], new: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_at(folder, FIRST, "crm", monkeypatch=monkeypatch)
    behind_the_cursor(folder)
    land_at(folder, FIRST + timedelta(days=1), "crm", monkeypatch=monkeypatch)
    before = told(folder)
    assert before[1] == ("delta", "live", {"opportunity": 1, "customer": 1}, 0), "no cursor shows it"
    assert main(["source", "resync", "crm", "--company", str(folder.root), *words]) == 0
    land_at(folder, FIRST + timedelta(days=2), "crm", monkeypatch=monkeypatch)
    after = told(folder)[len(before) :]
    assert after[0] == (kind, "live", rows, new)
    assert all(part[:2] in {("ids", "live")} and part[3] == 0 for part in after[1:])
    land_at(folder, FIRST + timedelta(days=3), "crm", monkeypatch=monkeypatch)
    assert told(folder)[len(before) + len(after)] == ("delta", "live", {"opportunity": 1, "customer": 1}, 0), "once, not for ever"


def test_far_fewer_are_held_and_an_undone_answer_is_asked_for_again(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    land_at(folder, FIRST, "crm", monkeypatch=monkeypatch)
    with closing(sqlite3.connect(folder.root / "crm.db")) as database, database:
        database.execute("delete from deal where id > 3")
    assert main(["source", "resync", "crm", "--company", str(folder.root)]) == 0
    land_at(folder, FIRST + timedelta(days=1), "crm", monkeypatch=monkeypatch)
    state = Ledger(folder).states()[-1]
    assert state.state_code == "held" and {reason["code"] for reason in state.reasons} == {"FNL-501"}
    assert Ledger(folder).resyncs("crm") == []
    Ledger(folder).revoke(state.id, "half of it")
    assert len(Ledger(folder).resyncs("crm")) == 1


def test_a_reparse_is_no_answer(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    land_at(folder, FIRST, "crm", monkeypatch=monkeypatch)
    assert main(["source", "resync", "crm", "--company", str(folder.root)]) == 0
    mapping = folder.root / "mappings" / "crm.yaml"
    mapping.write_text(MAPPING.replace("customer_name: name", "customer_name: code"), encoding="utf-8")
    assert main(["delivery", "reparse", "crm", "--company", str(folder.root)]) == 0
    assert len(Ledger(folder).states()) == 2 and len(Ledger(folder).resyncs("crm")) == 1


@pytest.fixture(params=KINDS)
def fake(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standing]:
    with standing(request.param, monkeypatch, deals=30) as fake:
        yield fake


DEALS = {"odoo": "crm.lead", "hubspot": "deals", "salesforce": "Opportunity"}
FIRMS = {"odoo": "res.partner", "hubspot": "companies", "salesforce": "Account"}


def test_a_crm_finds_it_too_and_reads_only_what_was_asked(fake: Standing) -> None:
    deals, firms = DEALS[fake.kind], FIRMS[fake.kind]
    fake.touch_one()
    first, cursor = read(fake.connector(), None, START)
    all_deals, all_firms = keys_of(first[0][1][deals]), keys_of(first[0][1][firms])
    key, column = fake.change_silently()
    night = START + timedelta(days=1)

    def seen(again: Again) -> tuple[str, dict[str, list], str | None]:
        found, _ = read(fake.connector(), cursor, night, again)
        rows = {row.get("id") or row.get("Id"): row for row in found[0][1][deals]}
        assert len(rows) == len(found[0][1][deals]), "each once"
        return found[0][0], found[0][1], rows.get(key, {}).get(column)

    kind, rows, value = seen(NOTHING)
    assert kind == "delta" and value is None and len(rows[deals]) < 5 and len(rows[firms]) < 5
    kind, rows, value = seen(Again(everything=BEGINNING))
    assert kind == "full" and value == "777" and keys_of(rows[deals]) == all_deals and keys_of(rows[firms]) == all_firms
    kind, rows, value = seen(Again({deals: BEGINNING}))
    assert kind == "delta" and value == "777" and keys_of(rows[deals]) == all_deals and len(rows[firms]) < 5
    kind, rows, value = seen(Again({deals: fake.stamped_at(key) - timedelta(minutes=1)}))
    assert kind == "delta" and value == "777" and len(rows[firms]) < 5
    kind, rows, value = seen(Again(everything=START))
    assert kind == "delta" and value is None and len(rows[deals]) < 5
