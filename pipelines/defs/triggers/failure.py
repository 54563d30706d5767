"""The failure sensor: a run of the daemon that ended without a word of its own still sends one message.

Belongs here: runs that were killed, or could not open their night. Does not: nights that wrote a summary; those have told it themselves.
"""

from datetime import date
from typing import Any

import dagster as dg

from pipelines.defs import journal
from pipelines.defs.as_of import run_date
from pipelines.defs.notify import notify
from pipelines.defs.outcome import NightOutcome
from pipelines.defs.run_launcher import KILLED, speaks_for_itself
from pipelines.defs.session import STOPPED
from pipelines.messages.catalogue import Message
from pipelines.publish.swap import FILE, published_manifest
from pipelines.settings.clock import now
from pipelines.settings.company import CompanyFolder

ENDED_FROM_OUTSIDE = (KILLED, "marked as failed from outside")  # by run monitoring, by the code server


def failure_sensor(folder: CompanyFolder) -> dg.SensorDefinition:
    """Watches the nightly job; on from the start."""

    @dg.run_failure_sensor(name="failed_night", default_status=dg.DefaultSensorStatus.RUNNING, minimum_interval_seconds=60)
    def failed_night(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        if not speaks_for_itself(run):
            report_unheard(folder, run, context.failure_event.message or "", last_step(context.instance, run))

    return failed_night


def report_unheard(folder: CompanyFolder, run: dg.DagsterRun, reason: str, step: str) -> NightOutcome | None:
    """Write the summary of a night that could not write its own, and send its message; None when it had one.

    `reason` is what Dagster says, empty for a run ended from outside; `step` the last that began. What it had published is published.
    """
    if any(summary["run_id"] == run.run_id for summary in journal.summaries(folder)):
        return None
    config, started = _config(run), now()
    trigger, named = config.get("trigger", "web"), config.get("as_of_date")
    day = date.fromisoformat(named) if named else run_date(folder.settings, started, trigger)
    moment = started.isoformat(timespec="seconds")
    outcome = NightOutcome(day, trigger=trigger, run_id=run.run_id, started_at=moment, finished_at=moment, failed=True)
    if (published_manifest(folder.published) or {}).get("run_id") == run.run_id:
        outcome.published = folder.published / FILE
    outcome.settle()
    with journal.open_log(folder, outcome, started) as log:
        log.write(f"run {run.run_id} ended without a summary: {reason}\n")
        said = [] if any(words in reason for words in ENDED_FROM_OUTSIDE) else reason.strip().splitlines()
        bug = {"error": said[0][:200], "step": step, "log": str(outcome.log_path)} if said else {}
        outcome.messages.append((Message("FNL-650", bug) if bug else Message(STOPPED, {"step": step})).as_dict())
        notify(folder, outcome)
    journal.write_summary(outcome)
    return outcome


def last_step(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """The step a run was in, or the last it ended; `start` where none began."""
    begun = [step for step in instance.get_run_step_stats(run.run_id) if step.start_time]
    return max(begun, key=lambda step: (step.end_time is None, step.start_time)).step_key if begun else "start"


def _config(run: dg.DagsterRun) -> dict:
    """What a run was told about its night: as_of_date, trigger."""
    config: Any = run.run_config
    return config.get("resources", {}).get("night", {}).get("config", {})
