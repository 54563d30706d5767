"""Runs whose process was killed before it could say so: ended in Dagster, and told.

Belongs here: clearing after such a run. Does not: knowing that it is dead (run_launcher.py), or what it left in the ledger (landing).
Left alone, it would hold the one slot of the warehouse, and every later night would wait for it for ever.
"""

import dagster as dg

from pipelines.defs.run_launcher import KILLED, is_dead
from pipelines.defs.triggers.failure import last_step, report_unheard
from pipelines.settings.company import CompanyFolder

_UNFINISHED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def end_dead_runs(folder: CompanyFolder, instance: dg.DagsterInstance) -> list[str]:
    """End them and free what they hold; a night among them that wrote no summary gets one, and its message. Returns their run ids."""
    dead = [run for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)) if is_dead(run)]
    for run in dead:
        instance.report_run_failed(run, f"This run was ended: {KILLED}.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        report_unheard(folder, run, "", last_step(instance, run))
    return [run.run_id for run in dead]
