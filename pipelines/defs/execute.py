"""The nightly job, run in this process on the company's instance: its steps show in the web interface like any other run.

Belongs here: running the job with an open session, and pruning the instance. Does not: definitions or steps.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from pipelines.defs.assemble import build_definitions
from pipelines.defs.assets.manifest import kept_manifest
from pipelines.defs.assets.sources import landing_key
from pipelines.defs.instance import open_instance, prune_runs
from pipelines.defs.night_resource import night_config
from pipelines.defs.origin import mark_runs
from pipelines.defs.run_launcher import this_process
from pipelines.defs.session import NightSession
from pipelines.defs.triggers.job import NIGHTLY
from pipelines.defs.warm_up import load_checks_in_background

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def execute_nightly(session: NightSession, sources: Sequence[str] | None) -> None:
    """Run every step, or every step but the sources that were not named; failures are in the session's outcome."""
    folder, outcome = session.folder, session.outcome
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    if not kept_manifest(folder).is_file():
        load_checks_in_background()  # while dbt parses
    with session.step("definitions"):
        job = build_definitions(folder, _Opened(session).definition()).resolve_job_def(NIGHTLY)
    with open_instance(folder) as instance:
        mark_runs(instance, NIGHTLY)
        outcome.run_id = str(uuid.uuid4())
        left_out = {landing_key(name) for name in folder.settings.sources if sources is not None and name not in sources}
        selection = [key for key in job.asset_layer.executable_asset_keys if key not in left_out] if left_out else None
        result = job.execute_in_process(
            instance=instance,
            run_id=outcome.run_id,
            run_config=night_config(outcome.as_of_date, outcome.trigger, session.full_refresh) | _QUIET,
            raise_on_error=False,
            asset_selection=selection,
            tags={"funnel/as_of_date": str(outcome.as_of_date), **this_process()},
        )
        if not result.success and session.is_told_to_end():
            session.explain("nightly", KeyboardInterrupt())
        elif not result.success and not outcome.messages:
            failure = next((event for event in result.all_events if event.is_failure), None)
            session.log(str(failure.message if failure else "the run failed"))
            session.explain("nightly", RuntimeError("the run failed without a reason"))
        prune_runs(instance, session.clock() - timedelta(days=folder.settings.log_keep_days))


class _Opened:
    """A resource that hands out a session which is open already, whatever the run config says."""

    def __init__(self, session: NightSession) -> None:
        self.session = session

    def definition(self) -> dg.ResourceDefinition:
        return dg.ResourceDefinition(resource_fn=lambda _: self.session, config_schema=dict)
