"""One night of each example company for the whole test run, on copies, whichever worker asks first.

Belongs here: running those nights and reading what they published. Does not: what should be in it (each test says that).
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]
REAL_DATA = Path(os.environ.get("FUNNEL_REAL_DATA", ROOT.parent / "shared" / "data"))
NIGHT = """
import sys
from pipelines.defs.night import run_night
from pipelines.settings.load import load_company
outcome = run_night(load_company(sys.argv[1]))
sys.exit(0 if outcome.published else 10 + outcome.exit_code)
"""


@dataclass
class Night:
    """A company after its night. `exit_code` and `summary` are the night's own; `rows` reads the published file."""

    folder: Path
    summary: dict[str, Any]

    @property
    def exit_code(self) -> int:
        return self.summary["exit_code"]

    def rows(self, query: str, *values: object) -> list[tuple]:
        with duckdb.connect(str(self.folder / "data" / "published" / "funnel.duckdb"), read_only=True) as connection:
            return connection.execute(query, list(values)).fetchall()

    def row(self, query: str, *values: object) -> tuple:
        (found,) = self.rows(query, *values)
        return found


def night_of(name: str, factory: pytest.TempPathFactory) -> Night:
    """The night of examples/<name>, run once a test run (workers share it) in a process of its own."""
    shared = factory.getbasetemp() if os.environ.get("PYTEST_XDIST_WORKER") is None else factory.getbasetemp().parent
    folder = shared / "example" / name
    folder.parent.mkdir(exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            shutil.copytree(ROOT / "examples" / name, folder, ignore=shutil.ignore_patterns("data", "__pycache__"))
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "FUNNEL_REAL_DATA": str(REAL_DATA)}
            environment.pop("FUNNEL_COMPANY", None)
            done = subprocess.run([sys.executable, "-c", NIGHT, str(folder)], cwd=ROOT, env=environment, capture_output=True, text=True)
            (folder / "night.txt").write_text(f"{done.returncode}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}", encoding="utf-8")
    said = (folder / "night.txt").read_text(encoding="utf-8")
    logs = sorted((folder / "data" / "logs").glob("night_*.json"))
    assert said.startswith("0\n"), f"the night of {name} published nothing:\n{said}\n{log_end(logs)}"
    return Night(folder, json.loads(logs[-1].read_text(encoding="utf-8")))


def log_end(logs: list[Path]) -> str:
    return logs[-1].with_suffix(".log").read_text(encoding="utf-8")[-4000:] if logs else "no log"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return night_of("demo", tmp_path_factory)


@pytest.fixture(scope="session")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The company of docs/worked_example.md."""
    return night_of("golden", tmp_path_factory)


@pytest.fixture(scope="session")
def truth() -> dict[str, Any]:
    """examples/demo/truth.json, told by the generator's event log."""
    return json.loads((ROOT / "examples" / "demo" / "truth.json").read_text(encoding="utf-8"))


def real_night(name: str, factory: pytest.TempPathFactory) -> Night:
    if not (REAL_DATA / name).is_dir():
        pytest.skip(f"real data absent: {REAL_DATA / name} (set FUNNEL_REAL_DATA)")
    return night_of(name, factory)


@pytest.fixture(scope="session")
def maven(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return real_night("maven_crm", tmp_path_factory)


@pytest.fixture(scope="session")
def zoho(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return real_night("zoho_crm", tmp_path_factory)
