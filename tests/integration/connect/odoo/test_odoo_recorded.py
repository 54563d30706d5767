"""The replies of a real Odoo 17, served again: the shipped mapping, what the data's own makers wrote down, and the same database read by SQL."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import pytest

from pipelines.landing.ledger import Ledger
from pipelines.settings.company import CompanyFolder
from pipelines.settings.load import load_company
from tests.fixtures.postgresql import postgresql
from tests.integration.conftest import REAL_DATA, ROOT
from tests.integration.connect.nights import land_at, land_rules, tables
from tests.integration.connect.odoo.recorded import GROUPS, recorded, unlink, with_unlinked
from tests.integration.connect.odoo.said import moves_seen, states_seen, truth
from tests.integration.connect.odoo.server import Odoo, served

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not (REAL_DATA / "odoo17").is_dir(), reason="real data absent (set FUNNEL_REAL_DATA)")]
FIRST, SECOND = datetime(2026, 11, 29, 1, 30), datetime(2026, 11, 30, 1, 30)
AS_OF = date(2026, 11, 30)
MODELS = "+opportunity +stage_change +lead +owner +activity +customer +contact"
BY_SQL = """
  by_sql:
    kind: sql
    mapping: mappings/sql.yaml
    connection: {{url: "postgresql://127.0.0.1:{port}/odoo", user: funnel_reader, password_env: FUNNEL_ODOO_DATABASE_PASSWORD}}
"""


@dataclass
class Read:
    folder: CompanyFolder
    tables: duckdb.DuckDBPyConnection
    calls: list[int]  # of each night


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    """Two nights: in the first the ten leads are there that were unlinked later, two of them made up like another one."""
    base = tmp_path_factory.mktemp("odoo")
    odoo = Odoo(recorded(REAL_DATA / "odoo17" / "rpc"), GROUPS)
    unlinked = [int(key) for key, said in truth().items() if said["state"] == "deleted"]
    with_unlinked(odoo.data, 46, unlinked)
    with postgresql(base / "server") as server, served(odoo) as url, pytest.MonkeyPatch.context() as patch:
        server.sql("create database odoo")
        for file in sorted((REAL_DATA / "odoo17" / "sql").glob("*.csv")):
            server.fill("odoo", file)
        server.sql(f"create role funnel_reader login password '{odoo.secret}'; grant pg_read_all_data to funnel_reader")
        company = base / "company"
        shutil.copytree(ROOT / "examples" / "odoo_crm", company, ignore=shutil.ignore_patterns("data"))
        (company / "mappings").mkdir()
        shutil.copy(ROOT / "examples" / "odoo17_sql" / "mappings" / "crm.yaml", company / "mappings" / "sql.yaml")
        settings = company / "funnel.yaml"
        text = settings.read_text(encoding="utf-8").replace("http://localhost:8069", url)
        settings.write_text(text + BY_SQL.format(port=server.port), encoding="utf-8")
        patch.setenv("FUNNEL_ODOO_KEY", odoo.secret)
        patch.setenv("FUNNEL_ODOO_DATABASE_PASSWORD", odoo.secret)
        folder, calls = load_company(company), []
        land_rules(folder, AS_OF)
        land_at(folder, FIRST, "crm", "by_sql", monkeypatch=patch)
        calls.append(odoo.calls.total())
        unlink(odoo.data, unlinked)
        land_at(folder, SECOND, "crm", "by_sql", monkeypatch=patch)
        calls.append(odoo.calls.total() - calls[0])
        with tables(folder, AS_OF, MODELS) as connection:
            yield Read(folder, connection, calls)


def test_the_final_state_of_every_lead(read: Read) -> None:
    assert states_seen(read.tables, "crm") == {"left no trace": 14, "lead": 13, "deal": 93}


def test_every_move_that_odoo_still_knows(read: Read) -> None:
    assert moves_seen(read.tables, "crm") == {"equal": 240, "under the survivor": 2, "left no trace": 9}


def test_what_was_unlinked_has_vanished_and_nothing_else(read: Read) -> None:
    unlinked = {key for key, said in truth().items() if said["state"] == "deleted"}
    for entity, gone in (("opportunity", unlinked), ("lead", set()), ("customer", set()), ("contact", set())):
        query = f"select source_record_id from canonical.{entity} where source_system = 'crm' and is_vanished"
        assert {row[0] for row in read.tables.execute(query).fetchall()} == gone, entity
    query = "select count(*) from canonical.activity where source_system = 'crm' and is_vanished"
    assert read.tables.execute(query).fetchall() == [(len(unlinked),)], "the note of each"
    kinds = [(state.entry["delivery_kind"], state.state_code) for state in Ledger(read.folder).states() if state.entry["source"] == "crm"]
    assert kinds == [("full", "live"), ("delta", "live"), ("ids", "live")]


def test_the_same_rows_as_by_sql(read: Read) -> None:
    """But for: whose record it is, fractions of a second, which JSON-RPC does not tell, and one attribute's name."""
    for table in ("opportunity", "lead", "stage_change", "contact", "customer"):
        columns = [
            row[:2]
            for row in read.tables.execute(f"describe canonical.{table}").fetchall()
            if not row[0].startswith("_") and row[0] != "source_system"
        ]
        shown = ", ".join(
            f"date_trunc('second', {name})"
            if kind.startswith("TIMESTAMP")
            else f"replace({name}, source_system || ':', '')"
            if kind == "VARCHAR"
            else name
            for name, kind in columns
        )
        of = "opportunity" if table == "stage_change" else table
        query = f"""select {shown} from canonical.{table}
            where source_system = ? and {of}_id not in (select {of}_id from canonical.{of} where is_vanished) order by all"""
        by_rpc, by_sql = (read.tables.execute(query, [source]).fetchall() for source in ("crm", "by_sql"))
        assert len(by_sql) > 30 and by_rpc == by_sql, table


def test_what_was_done_is_what_sql_tells(read: Read) -> None:
    """Notes keep their words, without tags; Odoo's own notices are no activities."""
    query = """select activity_type_code, is_done, direction_code, count(*), count(owner_id), count(opportunity_id) from canonical.activity
        where source_system = ? and not is_vanished group by all order by all"""
    by_rpc, by_sql = (read.tables.execute(query, [source]).fetchall() for source in ("crm", "by_sql"))
    assert by_rpc == by_sql and len(by_rpc) >= 6
    (text,) = read.tables.execute(
        "select content_text from canonical.activity where source_system = 'crm' and source_record_id = 'message:500'"
    ).fetchone()
    assert text == "Call done : Call the customer\nSpoke <b>briefly</b>, ok"


def test_an_unchanged_night_costs_few_calls(read: Read) -> None:
    assert max(read.calls) < 60
