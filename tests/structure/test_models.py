"""The dbt project: layers read only what they may, and every published model says what one row is."""

import re
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.structure.source import ROOT

MODELS = ROOT / "dbt_project" / "models"
SQL = {path.stem: path.relative_to(MODELS) for path in MODELS.rglob("*.sql")}
MAY_READ = {
    "staging": {"staging"},
    "canonical": {"staging", "canonical"},
    "snapshots": {"snapshots", "staging"},
    "marts": {"canonical", "snapshots", "marts"},
}
REFERENCE = re.compile(r"\bref\(\s*['\"](\w+)['\"]")


@cache
def described() -> dict[str, dict]:
    found = {}
    for file in sorted([*MODELS.rglob("*.yml"), *MODELS.rglob("*.yaml")]):
        for model in (YAML(typ="safe").load(file.read_text(encoding="utf-8")) or {}).get("models") or []:
            found[model["name"]] = model
    return found


def is_ephemeral(path: Path) -> bool:
    return "materialized=step()" in (MODELS / path).read_text(encoding="utf-8")


PUBLISHED = sorted(name for name, path in SQL.items() if path.parts[0] in ("canonical", "snapshots", "marts") and not is_ephemeral(path))


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_model_says_what_one_row_is(name: str) -> None:
    assert re.search(r"One row per \w", described().get(name, {}).get("description", "")), f"{SQL[name]} has no 'One row per …'"


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_column_of_a_model_is_described(name: str) -> None:
    columns = described().get(name, {}).get("columns") or []
    assert columns and not [column["name"] for column in columns if not str(column.get("description", "")).strip()]


@pytest.mark.parametrize("name", sorted(SQL))
def test_a_model_reads_only_layers_below(name: str) -> None:
    path = SQL[name]
    seeds = {file.stem for file in (ROOT / "dbt_project" / "seeds").glob("*.csv")}
    layers = {SQL[other].parts[0] for other in REFERENCE.findall((MODELS / path).read_text(encoding="utf-8")) if other not in seeds}
    assert layers <= MAY_READ[path.parts[0]], f"{path} reads {layers - MAY_READ[path.parts[0]]}"


@pytest.mark.parametrize("name", sorted(SQL))
def test_marts_read_no_source_and_canonical_only_the_ledgers_own_tables(name: str) -> None:
    read = set(re.findall(r"\bsource\(\s*['\"](\w+)['\"]", (MODELS / SQL[name]).read_text(encoding="utf-8")))
    assert read <= {"canonical": {"raw_ledger"}, "marts": set()}.get(SQL[name].parts[0], read)


def test_nothing_described_is_missing() -> None:
    assert not sorted(set(described()) - set(SQL))


def test_sql_is_written_in_lower_case() -> None:
    keyword = re.compile(r"\b(SELECT|FROM|WHERE|JOIN|GROUP BY|ORDER BY|WITH|CASE|WHEN|UNION)\b")
    assert not [str(path) for path in SQL.values() if keyword.search((MODELS / path).read_text(encoding="utf-8"))]


def test_models_lie_in_the_folders_of_the_design() -> None:
    assert {path.parts[0] for path in SQL.values()} <= set(MAY_READ)
    assert {Path(*path.parts[:2]).name for path in SQL.values() if path.parts[0] == "marts"} <= {
        "core",
        "funnel",
        "team",
        "process",
        "forecast",
        "migration",
        "quality",
    }
