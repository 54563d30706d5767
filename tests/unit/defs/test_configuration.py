"""A wrong configuration: what funnel.yaml names and is not there ends the night before it reads anything; a wrong mapping ends its source."""

import json
from datetime import date

import dagster as dg
import pytest

from pipelines.defs import journal, night
from pipelines.defs.assets import sources as module
from pipelines.defs.night_resource import night_resource
from pipelines.defs.notify import notify
from pipelines.defs.session import open_night
from pipelines.landing.ledger import Ledger
from pipelines.settings.company import CompanyFolder

DAY = date(2026, 6, 28)
MAPPING = "version: 1\ndelivered_at: {arrival: true}\nsheets: [{records: [{entity: customer, key: [id]}]}]\n"


@pytest.fixture
def folder(make_folder) -> CompanyFolder:
    """Two sources with a file each; `bad` wants its mapping."""
    made = make_folder(sources={name: {"mapping": f"{name}.yaml", "files": [f"{name}.csv"]} for name in ("bad", "good")})
    for name in ("inbox", "playbook"):
        (made.root / name).mkdir()
    (made.root / "good.yaml").write_text(MAPPING, encoding="utf-8")
    for name in ("bad", "good"):
        (made.root / "inbox" / f"{name}.csv").write_text("id\n1\n", encoding="utf-8")
    return made


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_absent_mapping_is_exit_code_2_and_nothing_runs(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch, dry_run: bool) -> None:
    sent = []
    monkeypatch.setattr("pipelines.defs.session.notify", lambda folder, outcome: sent.append(outcome.exit_code) or notify(folder, outcome))
    monkeypatch.setattr("pipelines.defs.execute.execute_nightly", lambda *_: pytest.fail("the night ran"))
    monkeypatch.setattr("pipelines.defs.dry_run.try_sources", lambda *_: pytest.fail("the night ran"))
    outcome = night.run_night(folder, DAY, dry_run=dry_run, trigger="schedule")
    assert (outcome.exit_code, [message["code"] for message in outcome.messages], sent) == (2, ["FNL-108"], [2])
    assert json.loads(outcome.summary_path.read_text(encoding="utf-8"))["exit_code"] == 2
    assert journal.failed_nights(folder) == (set() if dry_run else {DAY}), "run again by hand, it keeps its date"
    assert journal.last_good_night(folder) is None and Ledger(folder).entries() == []


def test_every_absence_is_told_and_only_of_what_is_read(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []
    monkeypatch.setattr("pipelines.defs.dry_run.try_sources", lambda session, sources: ran.append(sources))
    assert night.run_night(folder, DAY, sources=["good"], dry_run=True).exit_code == 0 and ran == [["good"]]
    (folder.root / "playbook").rmdir()
    (folder.root / "good.yaml").unlink()
    outcome = night.run_night(folder, DAY, dry_run=True)
    assert [message["key"] for message in outcome.messages] == ["sources.bad.mapping", "sources.good.mapping", "playbook"]
    folder.settings.sources["bad"].enabled = folder.settings.sources["good"].enabled = False
    assert [message["key"] for message in night.run_night(folder, DAY, dry_run=True).messages] == ["playbook"]


def test_a_run_of_the_daemon_ends_before_its_first_step(folder: CompanyFolder) -> None:
    reached = []

    @dg.op(required_resource_keys={"night"})
    def step() -> None:
        reached.append("step")

    @dg.job(resource_defs={"night": night_resource(folder)})
    def nightly() -> None:
        step()

    assert not nightly.execute_in_process(raise_on_error=False).success
    summary = next(journal.summaries(folder))
    assert (reached, summary["exit_code"], [message["code"] for message in summary["messages"]]) == ([], 2, ["FNL-108"])


@pytest.mark.parametrize("text", [MAPPING.replace("version: 1", "verion: 1"), MAPPING.replace("customer", "custommer"), "sheets: [", ""])
def test_a_mapping_that_is_there_and_wrong_fails_its_source_alone(folder: CompanyFolder, text: str) -> None:
    (folder.root / "bad.yaml").write_text(text, encoding="utf-8")
    with open_night(folder, DAY) as session:
        session.require_files()
        result = dg.materialize(module.source_assets(folder)[:2], resources={"night": session}, raise_on_error=False)
        session.outcome.published = folder.published / "funnel.duckdb"
    assert result.success
    assert {source.source: source.state for source in session.outcome.sources} == {"bad": "failed", "good": "landed"}
    assert (session.outcome.exit_code, [message["code"] for message in session.outcome.messages]) == (3, ["FNL-656"])
    assert "bad.yaml" in session.outcome.messages[0]["reason"]
