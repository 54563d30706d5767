"""Every module says what belongs in it, is short, and uses nothing that is not declared."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.structure.source import ROOT, imports, modules, tracked, tree

LONGEST = {".py": 250, ".sql": 200}
PYTHON = [*modules(), *modules("benchmarks"), *modules("tests")]


@pytest.mark.parametrize("path", PYTHON, ids=str)
def test_a_module_opens_with_what_belongs_in_it(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8").strip()
    if path.name == "__init__.py" and not text:
        assert path.parts[0] == "tests" or path.parts[1] == "defaults", f"{path} is a package without a word"
        return
    words = ast.get_docstring(tree(path))
    assert words and len(words) >= 15, f"{path} does not say what belongs in it"


@pytest.mark.parametrize("path", [path for path in tracked() if path.suffix in LONGEST], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short(path: Path) -> None:
    allowed = 450 if path.relative_to(ROOT).parts[0] == "tests" else LONGEST[path.suffix]
    assert len(path.read_text(encoding="utf-8").splitlines()) <= allowed


def test_there_is_no_drawer_for_everything() -> None:
    assert not [path for path in tracked() if re.fullmatch(r"(utils?|helpers?|common|misc)\.(py|sql)", path.name)]


def test_every_package_used_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[\[<>=!~; ]", text)[0].lower() for text in project["dependencies"]}
    homes = packages_distributions()
    used = (
        {name.split(".")[0] for path in modules() for name in imports(path)} - set(sys.stdlib_module_names) - {"pipelines", "expectations"}
    )
    undeclared = {
        name
        for name in used
        if not declared & {home.lower().replace("_", "-").replace(".", "-") for home in homes.get(name, [name])} and name != "ruamel"
    }
    assert not undeclared


def test_every_declared_package_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = {"requirements.lock": project["project"]["dependencies"], "requirements-test.lock": project["dependency-groups"]["test"]}
    for file, wanted in names.items():
        locked = set(re.findall(r"(?m)^([a-z0-9.-]+)==", (ROOT / file).read_text(encoding="utf-8")))
        assert {re.split(r"[\[<>=!~; ]", text)[0].lower().replace(".", "-") for text in wanted} <= {
            name.replace(".", "-") for name in locked
        }


def test_the_test_lock_holds_the_runtime_lock() -> None:
    pins = {
        file: set(re.findall(r"(?m)^(\S+==\S+)", (ROOT / file).read_text(encoding="utf-8")))
        for file in ("requirements.lock", "requirements-test.lock")
    }
    assert pins["requirements.lock"] <= pins["requirements-test.lock"]
