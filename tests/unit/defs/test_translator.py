"""How dbt resources look in Dagster, from hand-written properties."""

import dagster as dg

from pipelines.defs.assets.translator import Translator

MODEL = {
    "resource_type": "model",
    "name": "fct_opportunity",
    "alias": "fct_opportunity",
    "schema": "marts",
    "description": "One row per deal.",
}
SOURCE = {"resource_type": "source", "name": "opportunity", "schema": "raw_file", "source_name": "raw_file"}
PAST = {"resource_type": "source", "name": "published_opportunity", "schema": "raw_publication", "source_name": "raw_publication"}


def test_keys_are_schema_and_table() -> None:
    assert Translator().get_asset_key(MODEL) == dg.AssetKey(["marts", "fct_opportunity"])
    assert Translator().get_asset_key({**MODEL, "alias": "deal"}) == dg.AssetKey(["marts", "deal"])
    assert Translator().get_asset_key(SOURCE) == dg.AssetKey(["raw_file", "opportunity"])


def test_past_publications_are_apart_from_the_publication() -> None:
    assert Translator().get_asset_key(PAST) == dg.AssetKey(["publication", "published_opportunity"])


def test_group_owner_and_description() -> None:
    assert Translator().get_group_name(MODEL) == "marts"
    assert Translator().get_owners(MODEL) == ["team:sales-operations"]
    assert Translator().get_owners({**MODEL, "schema": "canonical"}) == ["team:data-engineering"]
    assert Translator().get_description(MODEL) == "One row per deal."
