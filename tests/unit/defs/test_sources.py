"""A failing source never stops the others: it is retried, then a failed check and a message, never a failed step."""

from datetime import date

import dagster as dg
import pytest

from pipelines.defs.assets import sources as module
from pipelines.defs.session import open_night
from pipelines.messages.catalogue import FunnelError

SOURCE = {"mapping": "m.yaml", "files": ["*.csv"]}


def run(make_folder, monkeypatch: pytest.MonkeyPatch, broken: Exception):
    attempts: list[str] = []

    def land(session, name: str):
        attempts.append(name)
        if name == "bad":
            raise broken
        return session.source(name)

    monkeypatch.setattr(module, "land_source", land)
    monkeypatch.setattr(module, "land_playbook", lambda session: session.source("playbook"))
    monkeypatch.setattr(module, "RETRY_SECONDS", 0)
    folder = make_folder(sources={"bad": SOURCE, "good": SOURCE})
    with open_night(folder, date(2026, 6, 28)) as session:
        result = dg.materialize(module.source_assets(folder), resources={"night": session}, raise_on_error=False)
    return attempts, result, session.outcome


def test_an_unexpected_failure_is_retried_then_noted(make_folder, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts, result, outcome = run(make_folder, monkeypatch, RuntimeError("no luck"))
    assert (attempts.count("bad"), attempts.count("good")) == (3, 1)
    assert result.success
    assert {source.source: source.state for source in outcome.sources} == {"bad": "failed", "good": "unchanged", "playbook": "unchanged"}
    assert [message["code"] for message in outcome.messages] == ["FNL-650", "FNL-656"]
    failed = {(check.asset_key.path[-1], check.check_name) for check in result.get_asset_check_evaluations() if not check.passed}
    assert failed == {("bad", "could_be_read")}
    log = outcome.log_path.read_text(encoding="utf-8")
    assert "RuntimeError: no luck" in log and "tried again" in log


def test_what_a_person_must_mend_is_not_retried(make_folder, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts, result, outcome = run(make_folder, monkeypatch, FunnelError("FNL-102", 2, path="x"))
    assert attempts.count("bad") == 1
    assert result.success
    assert [message["code"] for message in outcome.messages] == ["FNL-656"]
    assert "FNL-102" in outcome.messages[0]["reason"]


def test_a_night_that_breaks_still_leaves_log_and_summary(make_folder) -> None:
    with pytest.raises(RuntimeError), open_night(make_folder(), date(2026, 6, 28)) as session, session.step("models"):
        raise RuntimeError("a bug")
    outcome = session.outcome
    assert outcome.exit_code == 1 and outcome.summary_path.is_file()
    assert [message["code"] for message in outcome.messages] == ["FNL-650"]
    assert outcome.messages[0]["step"] == "models"
    assert "RuntimeError: a bug" in outcome.log_path.read_text(encoding="utf-8")
