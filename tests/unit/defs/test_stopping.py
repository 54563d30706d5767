"""A night that is told to end: whatever became of the signal's exception, it is no bug, goes no further, and says truly what was published."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date

import dagster as dg
import duckdb
import pytest

from pipelines.defs import journal
from pipelines.defs.assets import published as published_module
from pipelines.defs.night_resource import night_config
from pipelines.defs.run_launcher import KILLED
from pipelines.defs.session import NightSession, open_night
from pipelines.defs.stopping import end, undisturbed
from pipelines.defs.triggers.failure import report_unheard
from pipelines.messages.catalogue import FunnelError
from pipelines.publish.publish import Published
from pipelines.settings.company import CompanyFolder

DAY = date(2026, 6, 28)


@pytest.fixture
def folder(make_folder) -> CompanyFolder:
    return make_folder(language="en")


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """SIGTERM as the command line hears it; SIGINT as Python does."""
    earlier = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, earlier)


def tell(number: signal.Signals = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


def codes(session: NightSession) -> list[str]:
    return [message["code"] for message in session.outcome.messages]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_no_bug(folder: CompanyFolder, number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), open_night(folder, DAY) as session, session.step("landing/deals"):
        tell(number)
    assert (session.outcome.exit_code, codes(session), session.outcome.messages[0]["step"]) == (1, ["FNL-664"], "landing/deals")
    assert next(journal.summaries(folder))["exit_code"] == 1 and "Traceback" not in session.outcome.log_path.read_text()


def swallowed() -> None:
    try:
        tell()
    except KeyboardInterrupt:
        raise RuntimeError("Query interrupted") from None


def of_duckdb() -> None:
    with duckdb.connect() as connection:
        connection.create_function("tell", lambda number: (tell(), number)[1], ["BIGINT"], "BIGINT")
        connection.execute("select sum(tell(range)) from range(3)").fetchall()


def as_a_users_mistake() -> None:
    try:
        tell()
    except KeyboardInterrupt:
        raise FunnelError("FNL-209", file="a.xlsx", why="the reader ended") from None


@pytest.mark.parametrize("work", [swallowed, of_duckdb, as_a_users_mistake])
def test_what_a_library_makes_of_a_signal_is_no_bug_and_no_mistake(folder: CompanyFolder, work) -> None:
    with pytest.raises(BaseException), open_night(folder, DAY) as session, session.step("border"):  # noqa: B017
        work()
    assert codes(session) == ["FNL-664"]


def test_a_signal_that_something_swallowed_ends_the_night_at_the_next_step(folder: CompanyFolder) -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt), open_night(folder, DAY) as session:
        with session.step("models"), pytest.raises(KeyboardInterrupt):
            tell()
        with session.step("publish"):
            reached.append("publish")
    assert (reached, codes(session), session.outcome.messages[0]["step"]) == ([], ["FNL-664"], "publish")


def test_a_bug_is_still_a_bug(folder: CompanyFolder) -> None:
    with pytest.raises(RuntimeError), open_night(folder, DAY) as session, session.step("models"):
        raise RuntimeError("a bug")
    assert codes(session) == ["FNL-650"]


def test_a_second_signal_does_not_spoil_the_end(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.defs.session.notify", lambda *_: tell() or [])
    with pytest.raises(KeyboardInterrupt), open_night(folder, DAY) as session, session.step("models"):
        tell()
    assert next(journal.summaries(folder))["messages"] == [{"code": "FNL-664", "step": "models"}]
    assert session.outcome.finished_at


@pytest.mark.parametrize(("step", "is_published"), [("built", False), ("staged", False), ("swapped", True), ("committed", True)])
def test_a_signal_while_publishing(folder: CompanyFolder, monkeypatch: pytest.MonkeyPatch, step: str, is_published: bool) -> None:
    """Up to the swap nothing is published; from the swap on it is, and the night ends before its next step, saying both."""
    done = []

    def publish(*_: object, at, **__: object) -> Published:
        for reached in ("built", "settled", "staged", "swapped", "committed", "pruned"):
            if reached == step:
                tell()
            at(reached)
            done.append(reached)
        return Published(folder.published / "funnel.duckdb", DAY, [])

    monkeypatch.setattr(published_module, "publish", publish)
    with pytest.raises(KeyboardInterrupt), open_night(folder, DAY) as session:
        result = dg.materialize([published_module.published_asset([])], resources={"night": session}, raise_on_error=False)
        assert result.success is is_published
        with session.step("append publication"):
            done.append("appended")
    assert (step in done, "pruned" in done, "appended" in done) == (is_published, is_published, False)
    assert (session.outcome.published is not None) is is_published
    assert session.outcome.exit_code == (3 if is_published else 1) and codes(session) == ["FNL-664"]


def test_a_stopped_dry_run_is_no_success(folder: CompanyFolder) -> None:
    with pytest.raises(KeyboardInterrupt), open_night(folder, DAY, kind="dry_run") as session, session.step("landing/deals"):
        tell()
    assert session.outcome.exit_code == 1


def test_the_children_end_with_the_night(folder: CompanyFolder) -> None:
    deaf = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); sys.stdin.read()"
    with pytest.raises(KeyboardInterrupt), open_night(folder, DAY) as session, session.step("models"):
        child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
        session.children.append(child)
        tell()
    assert child.poll() == -signal.SIGTERM
    with subprocess.Popen([sys.executable, "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as stubborn:
        assert stubborn.stdout and stubborn.stdout.readline() == b"ready\n"
        end(stubborn, seconds=0.1)
        assert stubborn.poll() == -signal.SIGKILL


def test_undisturbed_gives_the_handlers_back() -> None:
    with undisturbed():
        tell()
    with pytest.raises(KeyboardInterrupt):
        tell()


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("", "FNL-664"),
        (f"Detected run worker status FAILED: '{KILLED}'. Marking run 1 as failed.", "FNL-664"),
        ("This run has been marked as failed from outside the execution context.", "FNL-664"),
        ("ZeroDivisionError: division by zero", "FNL-650"),
    ],
)
def test_a_run_that_left_no_word_was_ended_from_outside(folder: CompanyFolder, reason: str, code: str) -> None:
    run = dg.DagsterRun("nightly", "run-1", run_config=night_config(DAY, "schedule"))
    outcome = report_unheard(folder, run, reason, "models")
    assert outcome and [(message["code"], message["step"]) for message in outcome.messages] == [(code, "models")]
    assert (outcome.as_of_date, outcome.trigger, outcome.exit_code) == (DAY, "schedule", 1)
