"""The dependency rule of the house: who may import whom, by reading every import."""

from pathlib import Path

import pytest

from tests.structure.source import imports, modules, room

# A room may import itself and what is named here. `landing` takes from extract the shapes that cross the border, `publish` from
# expectations the shape of a check's result; a room below never looks up.
ALLOWED = {
    "messages": set(),
    "settings": {"messages"},
    "extract": {"settings", "messages"},
    "landing": {"extract", "settings", "messages"},
    "warehouse": {"extract", "landing", "settings", "messages"},
    "expectations": {"extract", "landing", "warehouse", "settings", "messages"},
    "publish": {"expectations", "extract", "landing", "warehouse", "settings", "messages"},
    "defs": {"expectations", "publish", "extract", "landing", "warehouse", "settings", "messages"},
    "definitions": {"defs", "settings", "messages"},
    "cli": {"defs", "expectations", "publish", "extract", "landing", "warehouse", "settings", "messages"},
    "defaults": set(),
}
ALL = list(modules())


def own_room(path: Path) -> str:
    return room(".".join(path.with_suffix("").parts))


@pytest.mark.parametrize("path", ALL, ids=str)
def test_a_module_imports_only_rooms_below_its_own(path: Path) -> None:
    own = own_room(path)
    if own in ("", "__init__"):
        return
    used = {room(name) for name in imports(path, with_types=True)} - {"", own, "__file__"}
    assert used <= ALLOWED[own], f"{path} imports {used - ALLOWED[own]}"


@pytest.mark.parametrize("path", ALL, ids=str)
def test_dagster_is_imported_in_defs_and_definitions_only(path: Path) -> None:
    if own_room(path) not in ("defs", "definitions"):
        assert not {
            name for name in imports(path, with_types=True) if name.split(".")[0] in ("dagster", "dagster_dbt", "dagster_webserver")
        }


@pytest.mark.parametrize(
    "path", [path for path in ALL if own_room(path) in ("extract", "landing", "settings", "messages", "cli", "defs")], ids=str
)
def test_duckdb_is_opened_by_warehouse_publish_and_expectations_only(path: Path) -> None:
    assert not {name for name in imports(path, with_types=True) if name.split(".")[0] == "duckdb"}


@pytest.mark.parametrize("path", [path for path in ALL if own_room(path) == "cli"], ids=str)
def test_commands_import_other_rooms_inside_functions(path: Path) -> None:
    """So that --help is quick. template_workbook and template_choices are themselves imported inside a command."""
    if path.name.startswith("template_"):
        return
    heavy = {
        name
        for name in imports(path, at_top_only=True)
        if room(name) not in ("", "cli") or name.split(".")[0] in ("polars", "rich", "pydantic")
    }
    assert not heavy


def test_the_rooms_are_those_of_the_design() -> None:
    assert {own_room(path) for path in ALL} - {"", "__init__"} <= set(ALLOWED)
