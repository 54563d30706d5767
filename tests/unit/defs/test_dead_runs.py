"""A run whose process was killed: ended, its slot free, its night told; a run whose process lives is left alone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date

import dagster as dg
import pytest
from dagster._core.launcher.base import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._core.test_utils import create_run_for_test

from pipelines.defs import journal
from pipelines.defs.dead_runs import end_dead_runs
from pipelines.defs.instance import open_instance
from pipelines.defs.night_resource import night_config
from pipelines.defs.run_launcher import PROCESS, RunLauncher, is_dead, speaks_for_itself, this_process

ASK = "from pipelines.defs.run_launcher import this_process; print(*this_process().values(), flush=True); input()"
SLOT = "warehouse"


@pytest.fixture
def folder(make_folder):
    return make_folder()


@pytest.fixture
def instance(folder) -> Iterator[dg.DagsterInstance]:
    with open_instance(folder) as instance:
        yield instance


@pytest.fixture(scope="module")
def ended_process() -> dict[str, str]:
    """The mark of a process that was killed after it had made its mark."""
    with subprocess.Popen([sys.executable, "-c", ASK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        mark = {PROCESS: process.stdout.readline().strip()}
        process.kill()
    return mark


def started(instance: dg.DagsterInstance, tags: dict[str, str]) -> dg.DagsterRun:
    """A scheduled night that holds the slot of the warehouse."""
    config = night_config(date(2026, 6, 28), "schedule")
    run = create_run_for_test(instance, job_name="nightly", status=dg.DagsterRunStatus.STARTED, tags=tags, run_config=config)
    instance.event_log_storage.set_concurrency_slots(SLOT, 1)
    assert instance.event_log_storage.claim_concurrency_slot(SLOT, run.run_id, "models").is_claimed
    return run


def status(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def test_a_dead_run_is_ended_and_frees_what_it_held(folder, instance, ended_process) -> None:
    run = started(instance, ended_process)
    assert not instance.event_log_storage.claim_concurrency_slot(SLOT, "the next night", "models").is_claimed
    assert end_dead_runs(folder, instance) == [run.run_id]
    assert status(instance, run) == dg.DagsterRunStatus.FAILURE
    assert instance.event_log_storage.claim_concurrency_slot(SLOT, "the next night", "models").is_claimed
    assert end_dead_runs(folder, instance) == []


def test_its_night_has_failed_and_is_repeated_with_its_date(folder, instance, ended_process) -> None:
    run = started(instance, ended_process)
    end_dead_runs(folder, instance)
    (summary,) = journal.summaries(folder)
    assert (summary["run_id"], summary["exit_code"], summary["trigger"]) == (run.run_id, 1, "schedule")
    assert journal.failed_nights(folder) == {date(2026, 6, 28)}


def test_what_it_had_published_is_published(folder, instance, ended_process) -> None:
    run = started(instance, ended_process)
    version = folder.published / "versions" / "2026-06-28_1"
    version.mkdir(parents=True)
    (version / "manifest.json").write_text(json.dumps({"run_id": run.run_id}))
    (folder.published / "current").symlink_to("versions/2026-06-28_1")
    end_dead_runs(folder, instance)
    (summary,) = journal.summaries(folder)
    assert (summary["exit_code"], summary["published"]) == (3, str(folder.published / "funnel.duckdb"))
    assert journal.failed_nights(folder) == frozenset()


@pytest.mark.parametrize("tags", [this_process(), {}, {PROCESS: "another-machine 1 1"}])
def test_a_run_that_may_live_is_left_alone(folder, instance, tags: dict[str, str]) -> None:
    run = started(instance, tags)
    assert end_dead_runs(folder, instance) == []
    assert status(instance, run) == dg.DagsterRunStatus.STARTED
    assert list(journal.summaries(folder)) == []


def test_a_process_with_a_number_used_before_is_another(instance) -> None:
    host, number, begun = this_process()[PROCESS].split(" ")
    tags = {PROCESS: f"{host} {number} {int(begun) - 1}"}
    assert is_dead(create_run_for_test(instance, job_name="nightly", tags=tags))


def test_a_run_of_the_command_line_is_told_by_itself_while_its_process_lives(instance, ended_process) -> None:
    daemon = {GRPC_INFO_TAG: "{}"}
    told = {
        name: speaks_for_itself(create_run_for_test(instance, job_name="nightly", tags=tags))
        for name, tags in {
            "command line": this_process(),
            "command line, killed": ended_process,
            "daemon": this_process() | daemon,
            "daemon, before its process began": daemon,
        }.items()
    }
    assert told == {"command line": True, "command line, killed": False, "daemon": False, "daemon, before its process began": False}


def test_the_daemon_asks_the_same(instance, ended_process) -> None:
    launcher = instance.run_launcher
    assert isinstance(launcher, RunLauncher) and launcher.supports_check_run_worker_health
    health = [launcher.check_run_worker_health(started_run).status for started_run in (
        create_run_for_test(instance, job_name="nightly", tags=ended_process), create_run_for_test(instance, job_name="nightly", tags=this_process())
    )]  # fmt: skip
    assert health == [WorkerStatus.FAILED, WorkerStatus.RUNNING]
