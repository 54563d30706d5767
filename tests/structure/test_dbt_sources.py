"""The dbt sources say exactly what the vocabulary says; no model hides from the two-engine rules."""

from pathlib import Path

from pipelines.warehouse.sources_yaml import kinds, render

PROJECT = Path(__file__).parents[2] / "dbt_project"


def test_committed_sources_equal_the_vocabulary() -> None:
    assert (PROJECT / "models/staging/sources.yml").read_text(encoding="utf-8") == render()


def test_every_landed_entity_has_a_staging_model() -> None:
    for kind in ("file", "playbook"):
        models = {file.stem for file in (PROJECT / "models/staging" / kind).glob("*.sql")}
        assert models == {f"stg_{kind}__{entity}" for entity in kinds()[kind]}
