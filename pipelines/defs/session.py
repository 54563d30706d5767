"""One night while it runs: the lock, the log, the steps, and what they came to.

Belongs here: what is the same whether the command line, the schedule or the web interface started it. Does not: any step's work.
"""

import subprocess
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TextIO

from expectations.result import CheckResult
from pipelines.defs import journal
from pipelines.defs.notify import notify
from pipelines.defs.outcome import NightOutcome, SourceOutcome
from pipelines.defs.standing import add_standing
from pipelines.defs.stopping import STOPS, end, follows_stop, listening, undisturbed
from pipelines.landing.lock import company_lock
from pipelines.landing.spool import sweep_spools
from pipelines.messages.catalogue import FunnelError, Message
from pipelines.publish.publication import commit_pending
from pipelines.settings.clock import now
from pipelines.settings.company import CompanyFolder
from pipelines.settings.named import absent

STOPPED = "FNL-664"
OnStep = Callable[[str, str], None]  # (step, "started" | "done" | "failed")


def silent(step: str, state: str) -> None:
    """Nobody watches."""


@dataclass
class NightSession:
    """A running night. Steps report here; `outcome` is what remains of it. Held under the company's lock from start to end."""

    folder: CompanyFolder
    outcome: NightOutcome
    log_file: TextIO
    on_step: OnStep = silent
    full_refresh: bool = False
    clock: Callable[[], datetime] = now
    checks: list[CheckResult] = field(default_factory=list)
    children: list[subprocess.Popen] = field(default_factory=list)  # ended with the night, should they still run
    is_told_to_end: Callable[[], bool] = lambda: False
    _explained: list[BaseException] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    @property
    def as_of_date(self) -> date:
        return self.outcome.as_of_date

    def log(self, text: str) -> None:
        """A line of the readable log, after the seconds since the start."""
        self.log_file.write(f"{time.monotonic() - self._began:8.1f}  {text}\n")

    def tell(self, message: Message) -> None:
        """A message for people: into the log, the summary and the end of the command line's output, once."""
        if message.as_dict() not in self.outcome.messages:
            self.outcome.messages.append(message.as_dict())
            for line in message.lines(self.folder.settings.language):
                self.log(line)

    def notice(self, message: Message) -> None:
        """A message that changes no exit code, once: into the log, the summary and the command line's output."""
        if message.as_dict() not in self.outcome.notices:
            self.outcome.notices.append(message.as_dict())
            self.log(" | ".join(message.lines(self.folder.settings.language)))

    def source(self, name: str) -> SourceOutcome:
        """The outcome of a source; a retry adds to what the attempt before it committed."""
        found = next((kept for kept in self.outcome.sources if kept.source == name), None)
        if found is None:
            found = SourceOutcome(name)
            self.outcome.sources.append(found)
        return found

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step, show it, and explain its failure before passing it on."""
        began = time.monotonic()
        self.log(f"{name}: started")
        self.on_step(name, "started")
        try:
            self.end_if_told()
            yield
        except BaseException as error:  # an ending of the process too: its step is in the log
            self.explain(name, error)
            self._end(name, began, "failed")
            raise
        self._end(name, began, "done")

    def end_if_told(self) -> None:
        """Raises KeyboardInterrupt where a signal came that something in between has swallowed: the night does not go on."""
        if self.is_told_to_end():
            raise KeyboardInterrupt

    def _end(self, name: str, began: float, state: str) -> None:
        seconds = time.monotonic() - began
        self.outcome.durations[name] = round(self.outcome.durations.get(name, 0) + seconds, 3)
        self.log(f"{name}: {state} after {seconds:.1f} s")
        self.on_step(name, state)

    def explain(self, step: str, error: BaseException) -> None:
        """A user's mistake by its own message; a signal as one, whatever came of it; anything else as a bug, its trace in the log alone."""
        if error in self._explained:
            return
        self._explained.append(error)
        self.outcome.failed = True
        stopped = self.is_told_to_end() or follows_stop(error)
        if isinstance(error, FunnelError) and not stopped:
            self.tell(error.message)
            return
        if not isinstance(error, STOPS):
            self.log_file.writelines(traceback.format_exception(error))
        if not stopped:
            self.tell(Message("FNL-650", {"error": type(error).__name__, "step": step, "log": str(self.outcome.log_path)}))
        elif not any(told["code"] == STOPPED for told in self.outcome.messages):
            self.tell(Message(STOPPED, {"step": step}))

    def require_files(self, sources: Sequence[str] | None = None) -> None:
        """Before anything is read: what funnel.yaml names for these sources (None: all that are switched on) is there, or exit code 2.

        Tells every absence and raises the first. A mapping that is there and wrong fails its own source only (assets/sources.py).
        """
        asked = [name for name, source in self.folder.settings.sources.items() if source.enabled and (sources is None or name in sources)]
        faults = absent(self.folder, asked)
        for fault in faults:
            self.outcome.is_misconfigured = True
            self.tell(fault.message)
        if faults:
            raise faults[0]

    def finish(self) -> None:
        """End what still runs, settle the exit code, send the one notification, write the summary."""
        for child in self.children:
            end(child)
        try:
            add_standing(self)
        except Exception as error:
            self.explain("standing", error)
        self.outcome.settle()
        self.outcome.finished_at = self.clock().isoformat(timespec="seconds")
        for message in notify(self.folder, self.outcome):
            self.tell(message)
        self.log(f"exit code {self.outcome.exit_code}")
        journal.write_summary(self.outcome)


@contextmanager
def open_night(
    folder: CompanyFolder,
    as_of_date: date,
    *,
    kind: str = "night",
    trigger: str = "cli",
    run_id: str | None = None,
    full_refresh: bool = False,
    on_step: OnStep = silent,
    wait_seconds: float = 0,
) -> Iterator[NightSession]:
    """Hold the company's lock and yield a session; whatever happens, its log and summary are written at the end.

    Raises FunnelError FNL-301 when another run holds the lock after `wait_seconds`: then nothing is written.
    """
    with company_lock(folder, wait_seconds), listening() as is_told_to_end:
        started = now()
        folder.data.chmod(0o700)
        outcome = NightOutcome(as_of_date, kind=kind, trigger=trigger, run_id=run_id, started_at=started.isoformat(timespec="seconds"))
        with journal.open_log(folder, outcome, started) as log_file:
            session = NightSession(folder, outcome, log_file, on_step, full_refresh, is_told_to_end=is_told_to_end)
            session.log(f"{folder.settings.company}: {kind} of {as_of_date}, started {outcome.started_at} UTC by {trigger}")
            try:
                if kind != "dry_run":
                    with session.step("recover"):
                        commit_pending(folder)
                        sweep_spools(folder.data / "extracting", _connected(folder), started)
                yield session
            except BaseException as error:
                session.explain("night", error)
                raise
            finally:
                with undisturbed():
                    session.finish()
                    journal.prune_logs(folder, started)


def _connected(folder: CompanyFolder) -> list[str]:
    return [name for name, source in folder.settings.sources.items() if source.enabled and source.kind != "file"]
