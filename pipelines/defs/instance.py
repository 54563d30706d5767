"""The one persistent Dagster instance of a company: DAGSTER_HOME = data/dagster.

Belongs here: making, opening and pruning that instance, and asking whether its daemon lives. Does not: definitions or runs.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import resources

import dagster as dg

from pipelines.settings.company import CompanyFolder

_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def dagster_environment(folder: CompanyFolder) -> dict[str, str]:
    """What every process that loads the definitions needs. Makes DAGSTER_HOME with the shipped dagster.yaml if it is missing."""
    folder.dagster_home.mkdir(mode=0o700, parents=True, exist_ok=True)
    template = resources.files(__package__).joinpath("dagster.yaml").read_text(encoding="utf-8")
    settings = folder.dagster_home / "dagster.yaml"
    if not settings.is_file() or settings.read_text(encoding="utf-8") != template:
        settings.write_text(template, encoding="utf-8")
    return {"DAGSTER_HOME": str(folder.dagster_home), "FUNNEL_COMPANY": str(folder.root), "DAGSTER_DISABLE_TELEMETRY": "1"}


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
