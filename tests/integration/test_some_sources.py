"""Runs that read only some sources, or none: `nightly --source`, a dry run, `rebuild --verify`, on one small company."""

from pathlib import Path

import duckdb
import pytest

from pipelines.defs import journal
from pipelines.landing.ledger import Ledger
from pipelines.settings.load import load_company
from tests.unit.cli.runner import made_company, run

MAPPING = """
version: 1
delivered_at: {file_name: '_(?P<date>\\d{8})'}
sheets:
  - records:
      - {entity: ENTITY, key: [id], columns: {ENTITY_name: name}}
"""
SOURCES = {"deals": "opportunity", "clients": "customer"}


def deliver(root: Path, source: str, day: int, *names: str) -> None:
    rows = "".join(f"{number},{name}\n" for number, name in enumerate(names))
    (root / "inbox" / f"{source}_202606{day:02}.csv").write_text(f"id,name\n{rows}", encoding="utf-8")


@pytest.fixture
def root(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Path:
    made = made_company(capsys, tmp_path / "company")
    declared = "sources:\n"
    for source, entity in SOURCES.items():
        (made / "mappings" / f"{source}.yaml").write_text(MAPPING.replace("ENTITY", entity), encoding="utf-8")
        declared += f'  {source}: {{mapping: mappings/{source}.yaml, files: ["{source}_*.csv"]}}\n'
        deliver(made, source, 21, f"first of {source}")
    settings = made / "funnel.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").split("sources:\n")[0] + "as_of_date: 2026-06-28\n" + declared, encoding="utf-8"
    )
    return made


def rows_of(out: str) -> dict[str, list[str]]:
    """source -> the cells of its row in the table that a night prints."""
    return {words[0]: words[1:] for line in out.splitlines() if (words := line.split()) and words[0] in (*SOURCES, "playbook")}


def published(root: Path) -> set[str]:
    with duckdb.connect(str(root / "data" / "published" / "funnel.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select opportunity_name from canonical.opportunity union all select customer_name from canonical.customer"
        ).fetchall()
    return {name for (name,) in found}


def test_only_what_was_named_is_read(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    code, out, err = run(capsys, "nightly", "--company", root)
    assert code == 0, out + err
    assert published(root) == {"first of deals", "first of clients"}
    for source in SOURCES:
        deliver(root, source, 28, f"second of {source}")

    entries = len(Ledger(load_company(root)).entries())
    code, out, _ = run(capsys, "nightly", "--dry-run", "--source", "deals", "--company", root)
    assert code == 0 and rows_of(out) == {"deals": ["landed", "1", "0", "0", "1", "0"], "playbook": ["unchanged", "0", "0", "0", "0", "0"]}
    assert len(Ledger(load_company(root)).entries()) == entries and published(root) == {"first of deals", "first of clients"}

    code, out, err = run(capsys, "nightly", "--source", "deals", "--company", root)
    assert code == 0, out + err
    assert list(rows_of(out)) == ["deals", "playbook"] and published(root) == {"second of deals", "first of clients"}

    code, out, err = run(capsys, "rebuild", "--verify", "--company", root)
    assert code == 0 and "FNL-645" in out, out + err
    assert list(rows_of(out)) == ["playbook"] and published(root) == {"second of deals", "first of clients"}
    assert [(summary["kind"], summary["exit_code"]) for summary in journal.summaries(load_company(root))] == [
        ("night", 0), ("night", 0), ("dry_run", 0), ("night", 0),
    ]  # fmt: skip
