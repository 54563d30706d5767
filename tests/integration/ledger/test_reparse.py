"""The same originals under a new program or mapping: nights leave them alone, `reparse` supersedes, and what was undone stays undone.

A change of the program is played by a `tel` column whose numbers one program keeps as written and the next one writes with a country code.
"""

import os
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pipelines.defs.assets.land import land_source
from pipelines.defs.reparse import reparse_source
from pipelines.defs.session import open_night
from pipelines.extract import fields, version
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import Company, CompanyFolder

DAY = date(2026, 6, 28)
RECORDS = "records: [{entity: customer, key: [id], columns: {customer_name: name, phone: tel}}]"
DATED = f"version: 1\ndelivered_at: {{file_name: '_(?P<date>\\d{{8}})'}}\nsheets: [{{{RECORDS}}}]\n"
TABS = f"version: 1\ndelivered_at: {{sheet_name: '^(?P<date>\\d{{8}})$'}}\nsheets: [{{{RECORDS}}}]\n"
UNDATED = f"version: 1\ndelivered_at: {{arrival: true}}\nsheets: [{{{RECORDS}}}]\n"
MAPPINGS = {"dated": DATED, "tabs": TABS, "undated": UNDATED}
FILES = {"dated": 3, "tabs": 2, "undated": 1}  # deliveries of the files below: a workbook's tab is one of its own


@pytest.fixture
def folder(tmp_path: Path) -> CompanyFolder:
    (tmp_path / "inbox").mkdir()
    for name, text in MAPPINGS.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    for name in ("dated_20260601.csv", "dated_20260608.csv", "dated_20260615.csv", "undated.csv"):
        (tmp_path / "inbox" / name).write_text(f"id,name,tel\n1,first,02-1\n2,{name},02-2\n", encoding="utf-8")
    (tmp_path / "inbox" / "dated_20260622.csv").write_bytes(b"")  # refused
    with xlsxwriter.Workbook(str(tmp_path / "inbox" / "tabs.xlsx")) as book:
        for tab in ("20260601", "20260608"):
            book.add_worksheet(tab).write_row(0, 0, ["id", "name", "tel"])
            book.get_worksheet_by_name(tab).write_row(1, 0, ["1", tab, "02-1"])  # type: ignore[union-attr]
    for path in (tmp_path / "inbox").iterdir():
        os.utime(path, (1_782_000_000, 1_782_000_000))
    sources = {name: {"mapping": f"{name}.yaml", "files": [f"{name}*"]} for name in MAPPINGS}
    settings = {"company": "X", "time_zone": "Asia/Taipei", "base_currency": "TWD", "as_of_date": DAY, "sources": sources}
    return CompanyFolder(root=tmp_path, settings=Company.model_validate(settings))


@pytest.fixture
def changed_program(monkeypatch: pytest.MonkeyPatch):
    """A program that reads phones otherwise; whether its developer raised the version, the test says."""

    def change(is_declared: bool) -> None:
        parse = fields.parse_field

        def parse_field(raw: pl.Series, field: str, *about: object) -> fields.Parsed:
            found = parse(raw, field, *about)  # type: ignore[arg-type]
            return fields.Parsed("+886 " + found.value, found.code) if field == "phone" else found

        monkeypatch.setattr("pipelines.extract.records.parse_field", parse_field)
        if is_declared:
            monkeypatch.setattr(version, "EXTRACT_VERSION", version.EXTRACT_VERSION + 1)

    return change


def night(folder: CompanyFolder) -> None:
    with open_night(folder, DAY, kind="reparse") as session:
        for name in folder.settings.sources:
            land_source(session, name)


def states(folder: CompanyFolder) -> Counter:
    return Counter((state.entry["source"], state.state_code) for state in Ledger(folder).states())


def live_phones(folder: CompanyFolder) -> set[str]:
    ledger, found = Ledger(folder), set[str]()
    for state in ledger.states():
        if state.state_code == "live":
            (part,) = state.entry["entities"]
            home = folder.landing / state.entry["source"] / part["entity"]
            members = pl.read_parquet(home / "membership" / part["membership_file"])
            content = pl.concat([pl.read_parquet(path) for path in (home / "content").glob("e*.parquet")], how="diagonal")
            found |= set(members.join(content, on=["_record_key", "_record_hash"])["phone"])
    return found


LIVE = Counter({(name, "live"): count for name, count in FILES.items()})


def test_a_night_of_a_newer_program_leaves_known_originals_alone(folder: CompanyFolder, changed_program) -> None:
    night(folder)
    before = [entry for entry in Ledger(folder).entries() if entry["kind"] == "delivery"]
    assert states(folder) == LIVE and live_phones(folder) == {"02-1", "02-2"}
    changed_program(is_declared=True)
    night(folder)
    entries = Ledger(folder).entries()
    assert [entry for entry in entries if entry["kind"] == "delivery"] == before and states(folder) == LIVE
    assert Counter(entry["kind"] for entry in entries) == {"delivery": 6, "mapping": 6, "refused_file": 2}, (
        "the unreadable file is tried again"
    )
    night(folder)
    assert len(Ledger(folder).entries()) == len(entries)


def test_reparse_with_a_newer_program_supersedes_every_earlier_reading(folder: CompanyFolder, changed_program) -> None:
    night(folder)
    changed_program(is_declared=True)
    for name in folder.settings.sources:
        reparse_source(folder, name)
    superseded = Counter({(name, "superseded"): count for name, count in FILES.items()})
    assert states(folder) == LIVE + superseded and live_phones(folder) == {"+886 02-1", "+886 02-2"}
    entries = len(Ledger(folder).entries())
    night(folder)
    for name in folder.settings.sources:
        assert {found.outcome_code for found in reparse_source(folder, name)} <= {"known", "refused"}
    assert len(Ledger(folder).entries()) == entries and states(folder) == LIVE + superseded


def test_a_program_that_changed_and_did_not_say_so_is_refused(folder: CompanyFolder, changed_program) -> None:
    night(folder)
    changed_program(is_declared=False)
    with pytest.raises(FunnelError, match="FNL-312"):
        reparse_source(folder, "dated")
    assert states(folder) == LIVE and live_phones(folder) == {"02-1", "02-2"}


def test_what_was_undone_is_not_read_again(folder: CompanyFolder, changed_program) -> None:
    night(folder)
    ledger = Ledger(folder)
    undone = next(state for state in ledger.states() if state.name == "dated_20260608.csv")
    ledger.revoke(undone.id, "the wrong file")
    changed_program(is_declared=True)
    assert {found.name for found in reparse_source(folder, "dated")} == {"dated_20260601.csv", "dated_20260615.csv", "dated_20260622.csv"}
    found = {(state.name, state.state_code) for state in Ledger(folder).states() if state.name == "dated_20260608.csv"}
    assert found == {("dated_20260608.csv", "revoked")}


def test_a_time_zone_is_part_of_how_a_file_was_read(folder: CompanyFolder) -> None:
    """Midnight in Paris is not midnight in Taipei: `reparse` after a changed `time_zone` supersedes instead of being refused."""
    columns = "entity: opportunity, key: [id], columns: {opportunity_name: name, closed_at: when}"
    (folder.root / "dated.yaml").write_text(
        DATED.replace("entity: customer, key: [id], columns: {customer_name: name, phone: tel}", columns)
    )
    for path in (folder.root / "inbox").glob("dated_*.csv"):
        path.write_text("id,name,when\n1,first,2026-06-01 08:30:00\n", encoding="utf-8")
    with open_night(folder, DAY, kind="reparse") as session:
        land_source(session, "dated")
    folder.settings.time_zone = "Europe/Paris"
    reparse_source(folder, "dated")
    assert states(folder) == {("dated", "live"): 4, ("dated", "superseded"): 4}
