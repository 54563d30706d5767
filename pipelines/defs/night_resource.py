"""The resource `night`: the session of the running night, opened from run config where no command line opened it.

Belongs here: config of a run, and the date it stands for. Does not: what a session does (session.py).
"""

import os
from collections.abc import Iterator
from datetime import date

import dagster as dg

from pipelines.defs import journal
from pipelines.defs.as_of import run_date
from pipelines.defs.dead_runs import end_dead_runs
from pipelines.defs.run_launcher import this_process
from pipelines.defs.session import NightSession, open_night
from pipelines.settings.clock import now
from pipelines.settings.company import CompanyFolder

WAIT_SECONDS = 2 * 60 * 60  # a scheduled night waits for one started by hand
CONFIG = {
    "as_of_date": dg.Field(dg.Noneable(str), default_value=None, is_required=False, description="YYYY-MM-DD; default: from the clock"),
    "trigger": dg.Field(str, default_value="web", is_required=False, description="schedule | inbox | cli | web"),
    "full_refresh": dg.Field(bool, default_value=False, is_required=False),
}


def night_config(as_of_date: date | None, trigger: str, full_refresh: bool = False) -> dict:
    """Run config of a night; a re-execution from the web interface keeps it, and so its date."""
    values = {"as_of_date": as_of_date and as_of_date.isoformat(), "trigger": trigger, "full_refresh": full_refresh}
    return {"resources": {"night": {"config": values}}}


def night_resource(folder: CompanyFolder) -> dg.ResourceDefinition:
    """Opens the company's night for a run of the daemon or the web interface."""

    @dg.resource(config_schema=CONFIG, description="The company's lock, log and date for one night.")
    def night(context: dg.InitResourceContext) -> Iterator[NightSession]:
        config = context.resource_config
        if context.instance and context.run_id:
            context.instance.add_run_tags(context.run_id, this_process())
            end_dead_runs(folder, context.instance)
        named = config["as_of_date"]
        day = date.fromisoformat(named) if named else run_date(folder.settings, now(), config["trigger"], journal.failed_nights(folder))
        wait = float(os.environ.get("FUNNEL_LOCK_WAIT_SECONDS", WAIT_SECONDS))
        with open_night(
            folder, day, trigger=config["trigger"], run_id=context.run_id, full_refresh=config["full_refresh"], wait_seconds=wait
        ) as session:
            session.require_files()
            yield session

    return night
