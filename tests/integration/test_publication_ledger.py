"""Publications in the ledger: what is appended, when nothing is, and runs for the past."""

from datetime import date, datetime

import duckdb
import polars as pl
import pytest

from expectations.result import CheckResult
from pipelines.landing.ledger import Ledger
from pipelines.landing.state import delivery_states
from pipelines.messages.catalogue import FunnelError
from pipelines.publish.publish import publish
from tests.integration.test_publication_killed import CHANGED, amount, fingerprint, publications
from tests.unit.publish.made import build_warehouse, company

MONDAY, TUESDAY = date(2026, 3, 30), date(2026, 3, 31)


@pytest.fixture
def folder(tmp_path):
    return build_warehouse(company(tmp_path))


def test_the_rows_are_canonical_text(folder):
    done = publish(folder, MONDAY, "run", [])
    [file] = (folder.landing / "publication" / "published_opportunity" / "content").glob("e*.parquet")
    rows = {row["_record_key"]: row for row in pl.read_parquet(file).iter_rows(named=True)}
    fields = ("opportunity_id", "stage_code", "amount", "amount_base", "expected_close_date", "is_won", "is_vanished")
    assert {key: rows["crm:1"][key] for key in fields} == {
        "opportunity_id": "crm:1",
        "stage_code": "need",
        "amount": "100.50",
        "amount_base": "100.50",
        "expected_close_date": "2026-05-01",
        "is_won": "false",
        "is_vanished": "false",
    }
    assert rows["crm:3"]["amount"] is None and rows["crm:3"]["stage_code"] is None
    assert "customer_id" not in rows["crm:1"] or rows["crm:1"]["customer_id"] is None
    [entry] = [entry for entry in Ledger(folder).entries() if entry["kind"] == "delivery"]
    assert (entry["delivery_id"], entry["source"], entry["source_kind"], entry["delivery_kind"], entry["scope"]) == (
        done.publication_delivery_id,
        "publication",
        "publication",
        "full",
        "",
    )
    assert entry["delivered_at"] == "2026-03-30T15:59:59"  # the last second of that day in Taipei
    assert entry["entities"][0]["counts"]["accepted"] == 3


def test_same_date_and_content_append_nothing(folder):
    first = publish(folder, MONDAY, "run 1", [])
    entries = len(Ledger(folder).entries())
    again = publish(folder, MONDAY, "run 2", [])
    assert len(Ledger(folder).entries()) == entries
    assert first.publication_delivery_id and again.publication_delivery_id is None
    assert again.version == "2026-03-30_2"


def test_row_order_is_no_content(folder):
    publish(folder, MONDAY, "run 1", [])
    build_warehouse(
        folder,
        "create table marts.turned as from marts.fct_opportunity order by opportunity_id desc",
        "drop view marts.a_view_of_a_view",
        "drop view marts.open_deal",
        "drop table marts.fct_opportunity",
        "alter table marts.turned rename to fct_opportunity",
    )
    publish(folder, MONDAY, "run 2", [])
    assert len(publications(folder)) == 1


def test_the_same_content_on_another_date_is_another_publication(folder):
    publish(folder, MONDAY, "run 1", [])
    publish(folder, TUESDAY, "run 2", [])
    assert [day for day, _, _ in publications(folder)] == ["2026-03-30", "2026-03-31"]
    assert len({content for _, _, content in publications(folder)}) == 1


def test_the_last_publication_of_a_date_counts_also_when_it_returns_to_the_first(folder):
    publish(folder, MONDAY, "run 1", [])
    publish(build_warehouse(folder, CHANGED), MONDAY, "run 2", [])
    publish(build_warehouse(folder), MONDAY, "run 3", [])
    found = publications(folder)
    assert [version for _, version, _ in found] == ["1", "1.1", "1.2"]
    assert found[0][2] == found[2][2] != found[1][2]
    states = delivery_states(Ledger(folder).entries())
    assert [state.state_code for state in states] == ["superseded", "superseded", "live"]
    times = [datetime.fromisoformat(state.entry["delivered_at"]) for state in states]
    assert times == sorted(times) and len(set(times)) == 3
    assert {state.entry["delivered_date"] for state in states} == {"2026-03-30"}


def test_an_undone_publication_is_made_anew(folder):
    first = publish(folder, MONDAY, "run 1", [])
    Ledger(folder).revoke(first.publication_delivery_id, "trial")
    second = publish(folder, MONDAY, "run 2", [])
    assert second.publication_delivery_id not in {None, first.publication_delivery_id}
    assert [state.state_code for state in delivery_states(Ledger(folder).entries())] == ["revoked", "live"]


def test_a_failed_check_leaves_yesterday_byte_for_byte(folder):
    publish(folder, MONDAY, "run 1", [])
    before, entries, kept = fingerprint(folder), len(Ledger(folder).entries()), sorted(folder.published.rglob("*"))
    build_warehouse(folder, CHANGED)
    checks = [
        CheckResult("range", "marts.x", "warning", False, "FNL-512", {}),
        CheckResult(
            "key_unique",
            "marts.y",
            "error",
            False,
            "FNL-513",
            {"table": "marts.y", "column": "id", "failed_count": 7, "example": "id 1"},
            [{"id": number} for number in range(7)],
        ),
    ]
    with pytest.raises(FunnelError) as error:
        publish(folder, TUESDAY, "run 2", checks)
    lines = error.value.message.lines()
    assert lines[0] == "FNL-521 Not published: 1 checks failed (marts.y key_unique)."
    assert "{'id': '4'}" in lines[2] and "{'id': '5'}" not in lines[2]
    assert fingerprint(folder) == before and len(Ledger(folder).entries()) == entries and sorted(folder.published.rglob("*")) == kept
    publish(folder, TUESDAY, "run 3", checks[:1])
    assert amount(folder) == 300


@pytest.mark.parametrize("fault", ["build", "disk"])
def test_a_fault_while_building_leaves_yesterday_byte_for_byte(folder, monkeypatch, fault):
    publish(folder, MONDAY, "run 1", [])
    before = fingerprint(folder)
    if fault == "build":
        build_warehouse(folder, CHANGED).warehouse.write_bytes(b"not a database")
    else:
        monkeypatch.setattr(
            "pipelines.publish.publish.write_parquet", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
        )
    with pytest.raises((duckdb.Error, OSError)):
        publish(folder, TUESDAY, "run 2", [])
    assert fingerprint(folder) == before and len(publications(folder)) == 1


def test_a_run_for_the_past_is_computed_and_not_published(folder):
    publish(folder, TUESDAY, "run 1", [])
    before, entries = fingerprint(folder), len(Ledger(folder).entries())
    done = publish(build_warehouse(folder, CHANGED), MONDAY, "run 2", [])
    assert done.is_past and done.file == folder.data / "as_of" / "2026-03-30.duckdb"
    assert fingerprint(folder) == before and len(Ledger(folder).entries()) == entries
    with duckdb.connect(str(done.file), read_only=True) as connection:
        assert connection.execute("select amount from marts.fct_opportunity where opportunity_id = 'crm:2'").fetchall() == [(300,)]
    assert [path.name for path in done.file.parent.iterdir()] == ["2026-03-30.duckdb"]


def test_someone_who_reads_yesterday_keeps_reading_it(folder):
    file = publish(folder, MONDAY, "run 1", []).file
    with duckdb.connect(str(file), read_only=True) as reader:
        publish(build_warehouse(folder, CHANGED), TUESDAY, "run 2", [])
        assert reader.execute("select amount from marts.fct_opportunity where opportunity_id = 'crm:2'").fetchall() == [(200,)]
    assert amount(folder) == 300


def test_figures_of_closed_periods_and_what_they_rest_on_are_kept_with_the_deals(folder):
    figures = (
        "create table marts.period_figure as select 'company:-:month:2026-02' as period_figure_id, 'company' as scope_code, null::varchar as scope_id, "
        "'month' as period_kind_code, '2026-02' as period_code, date '2026-02-28' as period_end_date, 3::bigint as won_count, 70.5::decimal(18,2) as won_amount_base",
        "create table marts.publication_basis as select 'd1' as publication_basis_id, 'delivery' as cause_code, 'weekly' as source_system",
    )
    first = publish(build_warehouse(folder, *figures), MONDAY, "run 1", [])
    [entry] = [entry for entry in Ledger(folder).entries() if entry["kind"] == "delivery"]
    counts = {entity["entity"]: entity["counts"]["accepted"] for entity in entry["entities"]}
    assert counts == {"published_opportunity": 3, "published_figure": 1, "published_basis": 1}
    [file] = (folder.landing / "publication" / "published_figure" / "content").glob("e*.parquet")
    [row] = pl.read_parquet(file).iter_rows(named=True)
    kept = ("_record_key", "scope_code", "scope_id", "period_end_date", "won_count", "won_amount_base")
    assert [row.get(name) for name in kept] == ["company:-:month:2026-02", "company", None, "2026-02-28", "3", "70.50"]
    assert publish(folder, MONDAY, "run 2", []).publication_delivery_id is None
    other = build_warehouse(folder, figures[0], figures[1].replace("'d1'", "'d2'"))
    assert publish(other, MONDAY, "run 3", []).publication_delivery_id not in {None, first.publication_delivery_id}
