"""The failure sensor: a run of the daemon that ended without a word of its own still sends one message.

Belongs here: runs that were killed, or could not open their night. Does not: nights that wrote a summary; those have told it themselves.
"""

from datetime import date
from typing import Any

import dagster as dg

from pipelines.defs import journal
from pipelines.defs.as_of import run_date
from pipelines.defs.notify import notify
from pipelines.defs.outcome import NOT_PUBLISHED, NightOutcome
from pipelines.defs.run_launcher import speaks_for_itself
from pipelines.defs.session import STOPPED
from pipelines.messages.catalogue import Message
from pipelines.settings.clock import now
from pipelines.settings.company import CompanyFolder


def failure_sensor(folder: CompanyFolder) -> dg.SensorDefinition:
    """Watches the nightly job; on from the start."""

    @dg.run_failure_sensor(name="failed_night", default_status=dg.DefaultSensorStatus.RUNNING, minimum_interval_seconds=60)
    def failed_night(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        if not speaks_for_itself(run):
            report_unheard(folder, run.run_id, config_of(run), context.failure_event.message or "")

    return failed_night


def report_unheard(folder: CompanyFolder, run_id: str, config: dict, reason: str) -> NightOutcome | None:
    """Write the summary of a night that could not write its own, and send its message; None when it had one."""
    if any(summary["run_id"] == run_id for summary in journal.summaries(folder)):
        return None
    started, trigger, named = now(), config.get("trigger", "web"), config.get("as_of_date")
    day = date.fromisoformat(named) if named else run_date(folder.settings, started, trigger)
    outcome = NightOutcome(
        day, trigger=trigger, run_id=run_id, exit_code=NOT_PUBLISHED, started_at=started.isoformat(), finished_at=started.isoformat()
    )
    with journal.open_log(folder, outcome, started) as log:
        log.write(f"run {run_id} ended without a summary: {reason}\n")
        said = reason.strip().splitlines()
        bug = {"error": said[0][:200], "step": "start", "log": str(outcome.log_path)} if said else {}
        outcome.messages.append((Message("FNL-650", bug) if bug else Message(STOPPED, {"step": "start"})).as_dict())
        notify(folder, outcome)
    journal.write_summary(outcome)
    return outcome


def config_of(run: dg.DagsterRun) -> dict:
    """What a run was told about its night: as_of_date, trigger."""
    config: Any = run.run_config
    return config.get("resources", {}).get("night", {}).get("config", {})
