"""`warehouse/state`: the ledger's derived state for the models, and the raw views over what each source landed.

Belongs here: those assets and which landing assets feed them. Does not: computing the state (warehouse.state).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import polars as pl

from pipelines.defs.assets.sources import landing_key
from pipelines.defs.session import NightSession
from pipelines.settings.company import CompanyFolder
from pipelines.warehouse.state import write_state

STATE = dg.AssetKey(["warehouse", "state"])
PUBLICATION = "raw_publication"


def raw_keys(manifest: Mapping[str, Any]) -> list[dg.AssetKey]:
    """`raw_<kind>/<entity>` of every dbt source, publications left out."""
    sources = manifest["sources"].values()
    return sorted(dg.AssetKey([source["schema"], source["name"]]) for source in sources if source["source_name"] != PUBLICATION)


def publication_keys(manifest: Mapping[str, Any]) -> list[dg.AssetKey]:
    """`publication/<entity>`: external, without an edge from the publish step that writes it (it would be a circle)."""
    sources = manifest["sources"].values()
    return sorted(dg.AssetKey(["publication", source["name"]]) for source in sources if source["source_name"] == PUBLICATION)


def state_asset(folder: CompanyFolder, manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """One step that makes the state and so readies every raw view; it waits for all sources."""
    sources = [landing_key(name) for name, source in folder.settings.sources.items() if source.enabled]
    playbook = landing_key("playbook")

    def upstream(key: dg.AssetKey) -> list[dg.AssetKey]:
        return {"raw_playbook": [playbook], "raw_ledger": [*sources, playbook]}.get(key.path[0], sources)

    keys = raw_keys(manifest)
    specs = [
        dg.AssetSpec(
            STATE,
            deps=[*sources, playbook],
            group_name="ledger",
            kinds={"parquet"},
            owners=["team:data-engineering"],
            description="Deliveries with state and order, sources with their promise, match keys. One row per delivery and entity.",
        ),
        *(
            dg.AssetSpec(
                key,
                deps=upstream(key),
                group_name="ledger",
                kinds={"view"},
                owners=["team:data-engineering"],
                description=_described(manifest, key),
            )
            for key in keys
        ),
    ]

    @dg.multi_asset(name="warehouse_state", specs=specs, required_resource_keys={"night"})
    def warehouse_state(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        session: NightSession = context.resources.night
        with session.step("warehouse/state"):
            deliveries = write_state(session.folder, session.as_of_date)
        states = dict(deliveries.group_by("state_code").len().rows())
        yield dg.MaterializeResult(
            asset_key=STATE,
            metadata={
                "dagster/row_count": deliveries.height,
                **{f"deliveries_{code}": count for code, count in states.items()},
                "as_of_date": str(session.as_of_date),
                "preview": dg.MetadataValue.json(
                    deliveries.tail(5)
                    .select("delivery_id", "source_system", "entity", "delivered_date", "state_code")
                    .cast(pl.String)
                    .to_dicts()
                ),
            },
        )
        for key in keys:
            yield dg.MaterializeResult(asset_key=key)

    return warehouse_state


def _described(manifest: Mapping[str, Any], key: dg.AssetKey) -> str:
    found = next(source for source in manifest["sources"].values() if [source["schema"], source["name"]] == list(key.path))
    return found["description"] or found["source_description"]
