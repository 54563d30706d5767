"""Files that nobody reads: in the summary and the log of a night, in the message that is sent, and never in its exit code."""

import json
from datetime import date

import pytest

from pipelines.defs.notify import text_of
from pipelines.defs.session import open_night
from pipelines.settings.company import CompanyFolder


@pytest.fixture
def folder(make_folder) -> CompanyFolder:
    made = make_folder(sources={"deals": {"mapping": "m.yaml", "files": ["deals_*.csv"]}})
    (made.root / "inbox").mkdir()
    for name in ("deals_1.csv", "deals_2.CSV", "~$deals_1.xlsx"):
        (made.root / "inbox" / name).write_text("x")
    return made


@pytest.mark.parametrize("kind", ["night", "dry_run"])
def test_a_night_names_them_in_summary_and_log(folder: CompanyFolder, kind: str) -> None:
    with open_night(folder, date(2026, 6, 28), kind=kind) as session:
        session.outcome.published = folder.published / "funnel.duckdb"
    outcome = session.outcome
    summary = json.loads(outcome.summary_path.read_text(encoding="utf-8"))
    assert [(notice["code"], notice["files"]) for notice in summary["notices"]] == [("FNL-240", ["inbox/deals_2.CSV"])]
    assert (outcome.exit_code, outcome.messages) == (0, [])
    log = outcome.log_path.read_text(encoding="utf-8")
    assert "FNL-240" in log and "inbox/deals_2.CSV" in log
    assert "FNL-235 inbox/~$deals_1.xlsx was passed over." in log and "deals_1.csv" not in log
    assert any("inbox/deals_2.CSV" in line for line in text_of(folder, outcome))


@pytest.mark.parametrize("kind", ["past", "reparse"])
def test_a_run_that_reads_no_folder_says_nothing_of_them(folder: CompanyFolder, kind: str) -> None:
    with open_night(folder, date(2026, 6, 28), kind=kind) as session:
        pass
    assert session.outcome.notices == []
