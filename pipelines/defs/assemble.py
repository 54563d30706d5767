"""All definitions of one company, put together.

Belongs here: which assets, checks, jobs, schedules and sensors there are. Does not: any of them. (No Definitions object at module level:
it would silently hide every other asset of its module from Dagster's loaders.)
"""

import json

import dagster as dg

from pipelines.defs.assets.border import border_checks
from pipelines.defs.assets.manifest import dbt_manifest
from pipelines.defs.assets.models import model_assets
from pipelines.defs.assets.published import appended_asset, published_asset
from pipelines.defs.assets.sources import source_assets
from pipelines.defs.assets.state import publication_keys, state_asset
from pipelines.defs.night_resource import night_resource
from pipelines.defs.triggers.failure import failure_sensor
from pipelines.defs.triggers.inbox import inbox_sensor
from pipelines.defs.triggers.job import nightly_job
from pipelines.defs.triggers.schedule import nightly_schedule
from pipelines.settings.company import CompanyFolder

PUBLISHED_LAYERS = ("canonical", "snapshots", "marts")


def build_definitions(folder: CompanyFolder, night: dg.ResourceDefinition | None = None) -> dg.Definitions:
    """The code location of a company. Needs no secret; runs `dbt parse` once per version of the project.

    `night` is a session that is open already; otherwise each run opens its own. (Given here and not to the run, since Dagster refuses
    another resource of that name for a job of which only some assets are chosen.)
    """
    path = dbt_manifest(folder)
    manifest = json.loads(path.read_text(encoding="utf-8"))
    models = model_assets(folder, path)
    tables = sorted(key for key in models.keys if key.path[0] in PUBLISHED_LAYERS)
    return dg.Definitions(
        assets=[
            *source_assets(folder),
            state_asset(folder, manifest),
            *(
                dg.AssetSpec(key, group_name="ledger", kinds={"parquet"}, description="What was published on earlier nights.")
                for key in publication_keys(manifest)
            ),
            models,
            published_asset(tables),
            appended_asset(),
        ],
        asset_checks=[border_checks(tables)],
        resources={"night": night or night_resource(folder)},
        jobs=[nightly_job],
        schedules=[nightly_schedule(folder)],
        sensors=[inbox_sensor(folder), failure_sensor(folder)],
    )
