"""What must never be committed: registry addresses, paths of one machine, secrets, data of others, big files."""

import re
from pathlib import Path

import pytest

from tests.structure.source import ROOT, tracked

TEXT = {".py", ".sql", ".yml", ".yaml", ".md", ".toml", ".lock", ".csv", ".txt", ".json", ".service", ".timer", ".cfg", "", ".sh"}
HERE = Path(__file__).relative_to(ROOT)
FORBIDDEN = {
    "the address of a package index": re.compile(
        r"(?i)(--(extra-)?index-url|--find-links)\s+\S|pypi\.org|files\.pythonhosted|/simple/?[\"'\s]"
    ),
    "a path of one machine": re.compile(r"(?<![\w.$}])/(home|root|Users|work|opt/pypi)/\w"),
    # VelvetSweatshop is the password every spreadsheet program tries by itself: it is no secret.
    "a secret": re.compile(
        r"(?i)(?!.*VelvetSweatshop)(password|secret|token)\s*[:=]\s*[\"'][^\"'{}<$]{12,}[\"']|-----BEGIN [A-Z ]*PRIVATE KEY"
    ),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = []
    for path in tracked():
        if path.suffix in TEXT and path.relative_to(ROOT) != HERE:
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
                if FORBIDDEN[what].search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, what


def test_the_top_level_is_the_agreed_one() -> None:
    allowed = {
        ".ci", ".gitignore", "LICENSE", "Makefile", "README.md", "benchmarks", "dagster.yaml", "dbt_project", "deploy", "docs", "examples",
        "expectations", "pipelines", "pyproject.toml", "requirements-installer.lock", "requirements-test.lock", "requirements.lock",
        "tests",         "workspace.yaml", ".gitattributes",
    }  # fmt: skip
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= allowed


def test_the_demo_stays_small() -> None:
    assert sum(path.stat().st_size for path in tracked() if "examples" in path.relative_to(ROOT).parts[:1]) <= 4 * 2**20


def test_no_file_is_big() -> None:
    assert not [str(path) for path in tracked() if path.stat().st_size > 2 * 2**20]
