"""What Dagster is given: assets, dependencies, checks, job, schedule and sensors of a company with two sources."""

from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from pipelines.defs.assemble import build_definitions
from pipelines.settings.company import Company, CompanyFolder

SOURCE = {"mapping": "mappings/x.yaml", "files": ["*.csv"]}


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    settings = {"company": "c", "time_zone": "America/New_York", "base_currency": "USD"}
    sources = {"deals": SOURCE, "diary": SOURCE, "old_list": {**SOURCE, "enabled": False}}
    folder = CompanyFolder(root=tmp_path_factory.mktemp("company"), settings=Company.model_validate({**settings, "sources": sources}))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FUNNEL_COMPANY", raising=False)
        return build_definitions(folder)


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> AssetGraph:
    return definitions.resolve_asset_graph()


def names(keys: object) -> set[str]:
    return {"/".join(key.path) for key in keys}  # type: ignore[attr-defined]


def parents(graph: AssetGraph, name: str) -> set[str]:
    return names(graph.get(dg.AssetKey(name.split("/"))).parent_keys)


def models(folder: str) -> Iterator[str]:
    project = Path(__file__).parents[2] / "dbt_project" / "models"
    yield from (file.stem for file in (project / folder).rglob("*.sql") if "materialized=step()" not in file.read_text(encoding="utf-8"))


def test_every_key_is_schema_and_table(graph: AssetGraph) -> None:
    layers = {key.path[0] for key in graph.get_all_asset_keys()}
    assert all(len(key.path) == 2 for key in graph.get_all_asset_keys())
    expected = {
        "landing",
        "warehouse",
        "raw_file",
        "raw_playbook",
        "raw_ledger",
        "publication",
        "staging",
        "canonical",
        "snapshots",
        "marts",
        "published",
    }
    assert expected <= layers


def test_one_landing_asset_per_enabled_source_and_one_for_the_playbook(graph: AssetGraph) -> None:
    found = {name for name in names(graph.get_all_asset_keys()) if name.startswith("landing/")}
    assert found == {"landing/deals", "landing/diary", "landing/playbook", "landing/publication"}
    assert parents(graph, "landing/deals") == set()


@pytest.mark.parametrize("layer", ["staging", "canonical", "snapshots", "marts"])
def test_every_model_of_the_project_is_an_asset_of_its_layer(graph: AssetGraph, layer: str) -> None:
    for model in models(layer):
        key = dg.AssetKey([layer, model])
        assert graph.has(key), f"{layer}/{model}"
        assert graph.get(key).group_name == layer


def test_sources_feed_the_state_and_the_state_readies_the_raw_views(graph: AssetGraph) -> None:
    assert parents(graph, "warehouse/state") == {"landing/deals", "landing/diary", "landing/playbook"}
    assert parents(graph, "raw_file/opportunity") == {"landing/deals", "landing/diary"}
    assert parents(graph, "raw_playbook/stage") == {"landing/playbook"}


def test_the_publication_follows_every_table_and_is_no_circle(graph: AssetGraph) -> None:
    tables = {name for name in names(graph.get_all_asset_keys()) if name.split("/")[0] in ("canonical", "snapshots", "marts")}
    assert parents(graph, "published/funnel") == tables
    assert parents(graph, "landing/publication") == {"published/funnel"}
    read_back = graph.get(dg.AssetKey(["publication", "published_opportunity"]))
    assert read_back.is_external and not read_back.parent_keys


def test_the_groups_follow_one_another(graph: AssetGraph) -> None:
    """The web interface draws groups: where one follows from itself by way of others, the picture has no beginning."""
    groups = TopologicalSorter[str]()
    for node in map(graph.get, graph.get_all_asset_keys()):
        groups.add(node.group_name, *({graph.get(key).group_name for key in node.parent_keys} - {node.group_name}))
    order = list(groups.static_order())
    assert (order[:3], order[-1]) == (["landing", "ledger", "staging"], "published")


def test_every_asset_says_what_and_whose_it_is(graph: AssetGraph) -> None:
    materialized = [graph.get(key) for key in graph.get_all_asset_keys() if graph.get(key).is_executable]
    assert [node.key for node in materialized if not node.owners] == []
    assert [node.key for node in materialized if not node.kinds] == []
    told = [
        node.key for node in materialized if node.key.path[0] in ("landing", "canonical", "marts", "published") and not node.description
    ]
    assert told == []


def test_checks_block_where_they_block(graph: AssetGraph) -> None:
    checks = {(*key.asset_key.path, key.name): graph.get(key) for key in graph.asset_check_keys}
    assert checks["landing", "deals", "landing_border"].blocking is False
    assert checks["landing", "deals", "could_be_read"].blocking is False
    assert checks["marts", "fct_opportunity", "published_border"].blocking is True
    dbt_tests = [key for key in graph.asset_check_keys if key.name not in ("landing_border", "could_be_read", "published_border")]
    assert len(dbt_tests) > 20


def test_one_job_in_one_process_a_schedule_and_sensors_that_are_on(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    job = repository.get_job("nightly")
    assert job.executor_def.name == "in_process"
    (schedule,) = repository.schedule_defs
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 2 * * *", "America/New_York")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert {sensor.name: sensor.default_status for sensor in repository.sensor_defs} == {
        "inbox": dg.DefaultSensorStatus.RUNNING,
        "failed_night": dg.DefaultSensorStatus.RUNNING,
    }


def test_the_manifest_is_parsed_once(definitions: dg.Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess

    from pipelines.defs.assets.manifest import dbt_manifest, project_hash

    folder = CompanyFolder(root=tmp_path, settings=Company(company="c", time_zone="UTC", base_currency="USD"))
    kept = folder.data / "warehouse" / "dbt_manifest"
    kept.mkdir(parents=True)
    (kept / f"{project_hash(folder)}.json").write_text("{}")
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: pytest.fail("parsed again"))
    assert dbt_manifest(folder).read_text() == "{}"
