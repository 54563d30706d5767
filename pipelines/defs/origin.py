"""Where a run belongs: the code location that the web interface shows.

Belongs here: that location's name, and marking runs of the command line with it; without the mark the overview and the job's page leave
them out. Does not: running anything.
"""

from functools import partial

import dagster as dg
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from pipelines.defs.home import LOCATION


def mark_runs(instance: dg.DagsterInstance, job: str) -> None:
    """Every run of `job` that this instance object makes belongs to the location (execute_in_process has no argument for it)."""
    repository = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(LOCATION), SINGLETON_REPOSITORY_NAME)
    marked = partial(instance.create_run_for_job, remote_job_origin=RemoteJobOrigin(repository, job))
    setattr(instance, "create_run_for_job", marked)  # noqa: B010 (a method is not assigned to otherwise)
