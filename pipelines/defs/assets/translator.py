"""How a dbt resource looks in Dagster: its key, group, owners, kinds and description.

Belongs here: one small method each. Does not: what a model computes, or running it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

from pipelines.defs.assets.state import PUBLICATION

OWNERS = {"staging": "team:data-engineering", "canonical": "team:data-engineering", "snapshots": "team:data-engineering"}


class Translator(DagsterDbtTranslator):
    """Asset keys are `schema/table`; what is read from past publications is `publication/<entity>`."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props.get("source_name") == PUBLICATION:
            return dg.AssetKey(["publication", dbt_resource_props["name"]])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props.get("alias") or dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return dbt_resource_props["schema"]

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_resource_props.get("description") or ""

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        return [OWNERS.get(dbt_resource_props["schema"], "team:sales-operations")]

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        made = self.get_resource_props(manifest, unique_id).get("config", {}).get("materialized", "view")
        return spec.replace_attributes(kinds={"dbt", "duckdb", made})
