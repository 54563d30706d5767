"""Which process works on a run, and whether it still lives; named in dagster.yaml, so that the daemon asks it too.

Belongs here: the mark that a run carries, and that question. Does not: what becomes of a dead run (dead_runs.py).
"""

import os
import socket
from pathlib import Path

import dagster as dg
from dagster._core.launcher import DefaultRunLauncher
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

PROCESS = ".dagster/funnel_process"  # tag of a run, hidden in lists: host, process id, and when that process started
KILLED = "its process was killed, or the machine stopped"


def this_process() -> dict[str, str]:
    """The tag by which a run says that this process works on it."""
    return {PROCESS: f"{socket.gethostname()} {os.getpid()} {_started(os.getpid())}"}


def is_dead(run: dg.DagsterRun) -> bool:
    """Is the process of a run gone for certain? Of another machine, or of a run that names none, nothing is certain."""
    host, _, process = run.tags.get(PROCESS, "").partition(" ")
    number, _, started = process.partition(" ")
    return host == socket.gethostname() and _started(int(number)) != started


def speaks_for_itself(run: dg.DagsterRun) -> bool:
    """Is it a run of the command line whose process lives? That one writes its own summary, however the run ends."""
    return PROCESS in run.tags and GRPC_INFO_TAG not in run.tags and not is_dead(run)


def _started(process: int) -> str:
    """When a living process started, in clock ticks of this boot, else nothing: a number is used again, number and start are not."""
    try:
        state, *fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if state in "ZX" else fields[18]


class RunLauncher(DefaultRunLauncher):
    """Dagster's own; in addition it answers run monitoring, which would otherwise let a dead run hold the queue for ever."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        return CheckRunHealthResult(WorkerStatus.FAILED, KILLED) if is_dead(run) else CheckRunHealthResult(WorkerStatus.RUNNING)
