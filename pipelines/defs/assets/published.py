"""`published/funnel` and `landing/publication`: the file everyone reads, and its copy in the ledger.

Belongs here: those two assets. Does not: publishing (publish). What models read of past publications is the external asset
`publication/<entity>`, without an edge from here: with the edge the graph would be a circle.
"""

from collections.abc import Sequence

import dagster as dg

from pipelines.defs.assets.models import POOL
from pipelines.defs.session import NightSession
from pipelines.defs.stopping import undisturbed
from pipelines.messages.catalogue import FunnelError
from pipelines.publish.past import is_past
from pipelines.publish.publication import commit_pending
from pipelines.publish.publish import Published, publish
from pipelines.publish.swap import FILE, published_manifest
from pipelines.warehouse.dbt import target_dir

PUBLISHED = dg.AssetKey(["published", "funnel"])
APPENDED = dg.AssetKey(["landing", "publication"])


def published_asset(tables: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """Publishes once every table and every blocking check is done."""

    @dg.asset(
        key=PUBLISHED,
        deps=list(tables),
        group_name="published",
        kinds={"duckdb", "parquet"},
        owners=["team:sales-operations"],
        description="data/published/funnel.duckdb with Parquet and manifest beside it, swapped in whole.",
        required_resource_keys={"night"},
        pool=POOL,
    )
    def funnel(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        session: NightSession = context.resources.night
        with session.step("publish"), undisturbed():
            done = _publish(session, context.run_id)
        largest = sorted(done.tables, key=lambda table: -table.row_count)
        preview = "\n".join(["| table | rows |", "| --- | --- |", *(f"| {table.key} | {table.row_count} |" for table in largest)])
        return dg.MaterializeResult(
            metadata={
                "file": dg.MetadataValue.path(str(done.file)),
                "version": done.version or "",
                "as_of_date": str(done.as_of_date),
                "dagster/row_count": sum(table.row_count for table in done.tables),
                "tables": len(done.tables),
                "preview": dg.MetadataValue.md(preview),
            }
        )

    return funnel


def _publish(session: NightSession, run_id: str) -> Published:
    folder, day = session.folder, session.as_of_date
    if is_past(folder, day):
        raise FunnelError("FNL-658", date=day, published=(published_manifest(folder.published) or {})["as_of_date"])

    def at(step: str) -> None:
        session.log(f"publish: {step}")
        if step == "swapped":
            session.outcome.published = folder.published / FILE
        elif not session.outcome.published:
            session.end_if_told()  # up to the swap a signal ends the night; after it the night is published, and says so

    return publish(folder, day, run_id, session.checks, dbt_manifest=target_dir(folder) / "manifest.json", at=at)


def appended_asset() -> dg.AssetsDefinition:
    """What was published is in the ledger; a run killed in between is made good here or by the next."""

    @dg.asset(
        key=APPENDED,
        deps=[PUBLISHED],
        group_name="published",  # in the group of its key, landing would follow from published and the graph of groups be a circle
        kinds={"parquet"},
        owners=["team:data-engineering"],
        description="What was published of the opportunities, appended to the ledger as one more source.",
        required_resource_keys={"night"},
    )
    def publication(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        session: NightSession = context.resources.night
        with session.step("append publication"):
            commit_pending(session.folder)
        content = (published_manifest(session.folder.published) or {}).get("publication") or {}
        return dg.MaterializeResult(metadata={"dagster/row_count": content.get("row_count", 0), "preview": dg.MetadataValue.json(content)})

    return publication
