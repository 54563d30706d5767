"""The one persistent Dagster instance of a company: DAGSTER_HOME = data/dagster.

Belongs here: opening and pruning that instance, and asking whether its daemon lives. Does not: its folder (home.py), definitions or runs.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg

from pipelines.defs.home import dagster_environment
from pipelines.settings.company import CompanyFolder

_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@contextmanager
def open_instance(folder: CompanyFolder) -> Iterator[dg.DagsterInstance]:
    """The company's instance. Sets DAGSTER_HOME and FUNNEL_COMPANY of this process, as child processes need them."""
    os.environ.update(dagster_environment(folder))
    with dg.DagsterInstance.from_config(str(folder.dagster_home)) as instance:
        yield instance


def prune_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete finished runs, with their events, that were last touched before `before` (naive UTC). Returns how many."""
    filters = dg.RunsFilter(statuses=_FINISHED, updated_before=before.replace(tzinfo=UTC))
    old = [record.dagster_run.run_id for record in instance.get_run_records(filters)]
    for run_id in old:
        instance.delete_run(run_id)
    return len(old)


def forget_runs(folder: CompanyFolder) -> int:
    """Delete every finished run: previews of tables are kept with runs, and an erased record must not survive there."""
    with open_instance(folder) as instance:
        return prune_runs(instance, datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1))


def daemon_is_running(folder: CompanyFolder) -> bool:
    """Whether the scheduler daemon has sent a heartbeat lately."""
    from dagster._daemon.controller import DEFAULT_DAEMON_HEARTBEAT_TOLERANCE_SECONDS

    with open_instance(folder) as instance:
        beat = instance.get_daemon_heartbeats().get("SCHEDULER")
        return beat is not None and datetime.now(UTC).timestamp() - beat.timestamp < DEFAULT_DAEMON_HEARTBEAT_TOLERANCE_SECONDS
