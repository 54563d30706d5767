"""The one job: a whole night, its steps one after another in one process.

Belongs here: the job. Does not: when it runs (schedule.py, inbox.py).
"""

import dagster as dg

NIGHTLY = "nightly"

# The in-process executor, since a process per step would cost seconds each.
nightly_job = dg.define_asset_job(
    NIGHTLY,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Read every source, land what is new, build the models, check, publish.",
)
