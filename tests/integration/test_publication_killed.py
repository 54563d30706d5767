"""A run killed anywhere in publication: readers see yesterday or today, whole; the next run leaves the ledger as if nothing had happened.

The kill is a BaseException raised at each step that publish announces; nothing in the product may catch it.
"""

import hashlib
import shutil
from datetime import date

import duckdb
import polars as pl
import pytest

from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.publish.publication import commit_pending
from pipelines.publish.publish import publish
from pipelines.publish.swap import PUBLICATION, current_version, versions
from tests.unit.publish.made import build_warehouse, company

YESTERDAY, TODAY = date(2026, 3, 30), date(2026, 3, 31)
CHANGED = "update marts.fct_opportunity set amount = 300, amount_base = 300 where opportunity_id = 'crm:2'"
STEPS = ("built", "settled", "staged", "swapped", "committed", "pruned")


class Killed(BaseException):
    pass


def kill_at(step):
    def at(reached):
        if reached == step:
            raise Killed

    return at


def publications(folder):
    """(declared date, mapping version, content) of every publication in the ledger, in its order."""
    return [
        (entry["declared_date"], entry["mapping_version"], entry["cursor"])
        for entry in Ledger(folder).entries()
        if entry["kind"] == "delivery" and entry["source"] == "publication"
    ]


def contents(folder):
    """What the ledger holds of the publications, as key -> set of amounts."""
    found: dict[str, set] = {}
    for file in sorted((folder.landing / "publication" / "published_opportunity" / "content").glob("*.parquet")):
        for row in pl.read_parquet(file).iter_rows(named=True):
            found.setdefault(row["_record_key"], set()).add(row["amount"])
    return found


def amount(folder):
    with duckdb.connect(str(folder.published / "funnel.duckdb"), read_only=True) as connection:
        return connection.execute("select amount from marts.fct_opportunity where opportunity_id = 'crm:2'").fetchall()[0][0]


def fingerprint(folder):
    """Every file that readers see, byte for byte."""
    home = folder.published
    paths = [home / "funnel.duckdb", home / "manifest.json", *sorted((home / "parquet").rglob("*.parquet"))]
    return {path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture
def folder(tmp_path):
    made = build_warehouse(company(tmp_path / "company"))
    publish(made, YESTERDAY, "run 1", [])
    build_warehouse(made, CHANGED)
    return made


@pytest.mark.parametrize("step", STEPS)
def test_killed_and_run_again(folder, tmp_path, step):
    undisturbed = build_warehouse(company(tmp_path / "undisturbed"))
    publish(undisturbed, YESTERDAY, "run 1", [])
    publish(build_warehouse(undisturbed, CHANGED), TODAY, "run 2", [])

    before = fingerprint(folder)
    with pytest.raises(Killed):
        publish(folder, TODAY, "run 2", [], at=kill_at(step))
    is_today = STEPS.index(step) >= STEPS.index("swapped")
    assert amount(folder) == (300 if is_today else 200)
    assert (fingerprint(folder) == before) is not is_today

    Ledger(folder).sweep()
    commit_pending(folder)
    assert len(publications(folder)) == (2 if is_today else 1)
    commit_pending(folder)
    publish(folder, TODAY, "run 2", [])
    assert publications(folder) == publications(undisturbed)
    assert contents(folder) == contents(undisturbed) == {"crm:1": {"100.50"}, "crm:2": {"200.00", "300.00"}, "crm:3": {None}}
    assert amount(folder) == 300
    expected = ["2026-03-30_1", "2026-03-31_1"] + (["2026-03-31_2"] if is_today else [])
    assert [version.name for version in versions(folder.published)] == expected
    assert not (folder.published / ".tmp").exists()


def test_killed_in_the_very_first_publication(tmp_path):
    folder = build_warehouse(company(tmp_path))
    with pytest.raises(Killed):
        publish(folder, TODAY, "run", [], at=kill_at("staged"))
    assert current_version(folder.published) is None and not (folder.published / "funnel.duckdb").exists()
    assert commit_pending(folder) is None and publications(folder) == []
    publish(folder, TODAY, "run", [])
    assert amount(folder) == 200 and len(publications(folder)) == 1


def test_what_is_pending_is_what_was_published_not_what_the_warehouse_holds_now(folder):
    with pytest.raises(Killed):
        publish(folder, TODAY, "run 2", [], at=kill_at("swapped"))
    build_warehouse(folder, "update marts.fct_opportunity set amount = 999")
    commit_pending(folder)
    assert contents(folder)["crm:2"] == {"200.00", "300.00"}


def test_pending_rows_that_are_gone_are_said(folder):
    with pytest.raises(Killed):
        publish(folder, TODAY, "run 2", [], at=kill_at("swapped"))
    (current_version(folder.published) / PUBLICATION).unlink()
    with pytest.raises(FunnelError) as error:
        commit_pending(folder)
    assert error.value.message.code == "FNL-528"


def test_a_restored_ledger_gets_what_is_published(folder):
    """The ledger came back from a backup of yesterday; the published file is today's."""
    shutil.copytree(folder.landing, folder.root / "backup")
    publish(folder, TODAY, "run 2", [])
    after = publications(folder)
    shutil.rmtree(folder.landing)
    shutil.copytree(folder.root / "backup", folder.landing)
    commit_pending(folder)
    assert publications(folder) == after
