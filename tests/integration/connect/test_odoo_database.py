"""A real Odoo 17 database behind the SQL source: a real PostgreSQL, the shipped mapping, and what the data's own makers wrote down.

truth.json: the final state of 120 leads. ledger.jsonl: every action, in order; of its 251 moves 9 belong to leads that were unlinked and left no
trace, 2 to leads that were merged away (Odoo moved them to the survivor).
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from pipelines.settings.load import load_company
from tests.fixtures.postgresql import Server, postgresql
from tests.integration.conftest import REAL_DATA, ROOT
from tests.integration.connect.nights import land_at, land_rules, tables
from tests.integration.connect.odoo.said import moves_seen, states_seen

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not (REAL_DATA / "odoo17").is_dir(), reason="real data absent (set FUNNEL_REAL_DATA)")]
FIRST, SECOND = datetime(2026, 11, 29, 1, 30), datetime(2026, 11, 30, 1, 30)
AS_OF = date(2026, 11, 30)
SECRET = "x' y@/1"
MODELS = "+opportunity +stage_change +lead +owner +activity +customer +contact"


@dataclass
class Read:
    """The company after two nights, its database (three leads were removed between them), and its tables."""

    folder: CompanyFolder
    server: Server
    tables: duckdb.DuckDBPyConnection
    removed: set[str]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    base = tmp_path_factory.mktemp("odoo")
    with postgresql(base / "server") as server, pytest.MonkeyPatch.context() as patch:
        server.sql("create database odoo")
        for file in sorted((REAL_DATA / "odoo17" / "sql").glob("*.csv")):
            server.fill("odoo", file)
        server.sql(
            f"create role funnel_reader login password '{SECRET.replace(chr(39), chr(39) * 2)}'; grant pg_read_all_data to funnel_reader"
        )
        shutil.copytree(ROOT / "examples" / "odoo17_sql", base / "company", ignore=shutil.ignore_patterns("data"))
        settings = base / "company" / "funnel.yaml"
        settings.write_text(settings.read_text(encoding="utf-8").replace("localhost:5432", f"127.0.0.1:{server.port}"), encoding="utf-8")
        patch.setenv("FUNNEL_ODOO_DATABASE_PASSWORD", SECRET)
        folder = load_company(base / "company")
        land_rules(folder, AS_OF)
        land_at(folder, FIRST, "crm", monkeypatch=patch)
        removed = {"1", "2", "3"}  # of the sample data that Odoo brings, none of the 120
        server.sql(f"delete from crm_lead where id in ({', '.join(removed)})", "odoo")
        land_at(folder, SECOND, "crm", monkeypatch=patch)
        with tables(folder, AS_OF, MODELS) as connection:
            yield Read(folder, server, connection, removed)


def test_the_final_state_of_every_lead(read: Read) -> None:
    assert states_seen(read.tables, "crm") == {"left no trace": 14, "lead": 13, "deal": 93}


def test_every_move_that_odoo_still_knows(read: Read) -> None:
    assert moves_seen(read.tables, "crm") == {"equal": 240, "under the survivor": 2, "left no trace": 9}


def test_stages_renamed_and_deleted_are_kept(read: Read) -> None:
    """Proposition became Proposal on 11 August; Demo was deleted on 21 October."""
    rows = read.tables.execute(
        "select distinct to_source_stage_name, to_stage_code from canonical.stage_change where evidence_code = 'native'"
    ).fetchall()
    assert {("Proposition", "proposal"), ("Proposal", "proposal"), ("Demo", None)} <= set(rows)


def test_what_vanished_is_seen_and_nothing_else(read: Read) -> None:
    query = "select source_record_id from canonical.{} where is_vanished"
    gone = {
        row[0]
        for entity in ("opportunity", "lead", "activity", "customer", "contact")
        for row in read.tables.execute(query.format(entity)).fetchall()
    }
    assert gone == read.removed
    kinds = [state.entry["delivery_kind"] for state in Ledger(read.folder).states() if state.entry["source"] == "crm"]
    assert kinds == ["full", "delta", "ids"]


def test_activities_of_every_kind(read: Read) -> None:
    """What the actors did: 64 activities done, 39 e-mails received, 28 notes, 39 meetings; Odoo's own sample data add to them, unlinking takes away."""
    rows = dict(read.tables.execute("select activity_type_code, count(*) from canonical.activity where is_done group by all").fetchall())
    open_ones = dict(
        read.tables.execute("select activity_type_code, count(*) from canonical.activity where not is_done group by all").fetchall()
    )
    file = REAL_DATA / "odoo17" / "sql" / "mail_activity.csv"
    planned = duckdb.sql(f"select count(*) from '{file}' where res_model = 'crm.lead'").fetchall()[0][0]
    assert sum(open_ones.values()) == planned == 49
    assert rows["note"] == 28 and rows["call"] == 34 and rows["email"] == 47


@pytest.mark.parametrize(
    ("change", "secret", "code"),
    [
        (("funnel_reader", "nobody"), SECRET, "FNL-252"),
        (("", ""), "wrong", "FNL-252"),
        ((":{port}/", ":1/"), SECRET, "FNL-251"),
        (("/odoo", "/nothing"), SECRET, "FNL-255"),
        (("/odoo", "/odoo?sslmode=require"), SECRET, "FNL-253"),
        (("user: funnel_reader", "user: poor"), SECRET, "FNL-254"),
        (("postgresql:", "oracle:"), SECRET, "FNL-258"),
    ],
)
def test_a_refusal_says_how_to_mend_it(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], secret: str, code: str
) -> None:
    read.server.sql(f"drop role if exists poor; create role poor login password '{SECRET.replace(chr(39), chr(39) * 2)}'")
    shutil.copytree(read.folder.root, tmp_path / "company", ignore=shutil.ignore_patterns("data"))
    settings = tmp_path / "company" / "funnel.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace(change[0].format(port=read.server.port), change[1]) if change[0] else text, encoding="utf-8")
    monkeypatch.setenv("FUNNEL_ODOO_DATABASE_PASSWORD", secret)
    with pytest.raises(FunnelError) as error:
        land_at(load_company(tmp_path / "company"), SECOND, "crm", monkeypatch=monkeypatch)
    assert error.value.message.code == code
    for language in ("en", "zh-Hant"):
        lines = error.value.message.lines(language)
        assert len(lines) == 4 and secret not in " ".join(lines)
