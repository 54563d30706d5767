"""A run of the command line belongs to the code location that the web interface shows, as a run of the daemon does."""

import dagster as dg

from pipelines.defs.instance import open_instance
from pipelines.defs.origin import mark_runs


@dg.asset
def something() -> None: ...


def test_a_marked_run_is_found_by_its_location(make_folder) -> None:
    job = dg.Definitions(assets=[something], jobs=[dg.define_asset_job("nightly")]).resolve_job_def("nightly")
    with open_instance(make_folder()) as instance:
        mark_runs(instance, "nightly")
        run_id = job.execute_in_process(instance=instance).run_id
        (found,) = instance.get_runs(dg.RunsFilter(tags={".dagster/repository": "__repository__@pipelines.definitions"}))
    assert (found.run_id, found.status) == (run_id, dg.DagsterRunStatus.SUCCESS)
