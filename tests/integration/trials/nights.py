"""Running one night of a company in a process of its own, and reading every row it published.

Belongs here: the process, its clock and its failure; tables as rows. Does not: the company's files or any expectation.
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

ROOT = Path(__file__).parents[3]
GIVE_UP_SECONDS = 1800  # a night that waits for ever is a failure, not a test run without end
AT = """
import sys
from datetime import datetime
from pipelines.defs import night
from pipelines.defs.assets import state
from pipelines.settings.load import load_company

def full(*_):
    raise OSError(28, "No space left on device")

folder, instant, trigger, fails = sys.argv[1:]
night.now = lambda: datetime.fromisoformat(instant)
if fails == "fails":
    state.write_state = full
sys.exit(night.run_night(load_company(folder), trigger=trigger).exit_code)
"""
ABOUT_DELIVERIES = {"canonical.delivery", "canonical.refused_file", "marts.delivery_log", "marts.freshness", "marts.quality_issue"}
_COLUMNS = """
    select schema_name || '.' || table_name, list('"' || column_name || '"' order by column_name)
    from duckdb_columns() where schema_name in ('canonical', 'marts') and column_name not in ('_loaded_at', 'loaded_at') group by all
"""


@dataclass
class Night:
    """A night that ended: its exit code, what it printed, its summary and log, and the tables as they were published then."""

    root: Path
    exit_code: int
    said: str
    summary: dict[str, Any]
    log: str
    tables: dict[str, list[tuple]]
    file: Path  # a copy of what was published then

    def source(self, name: str) -> dict[str, Any]:
        (found,) = [source for source in self.summary["sources"] if source["source"] == name]
        return found

    def rows(self, query: str) -> list[tuple]:
        """Rows of the file that this night left published, whatever a later night of the same folder published since."""
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute(query).fetchall()


def nightly(root: Path, as_of: str) -> Night:
    """`funnel nightly --as-of`, as a person types it."""
    return _ended(root, [sys.executable, "-m", "pipelines.cli", "nightly", "--company", str(root), "--as-of", as_of])


def night_at(root: Path, instant: str, trigger: str, fails: bool = False) -> Night:
    """A night that starts at `instant` (naive UTC, ISO) and names no date; `fails`: the disk is full as the models' state is written."""
    return _ended(root, [sys.executable, "-c", AT, str(root), instant, trigger, "fails" if fails else "works"])


def _ended(root: Path, command: list[str]) -> Night:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "400"}
    environment.pop("FUNNEL_COMPANY", None)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=GIVE_UP_SECONDS)
    said = done.stdout + done.stderr
    logs = sorted((root / "data" / "logs").glob("*_*.json"), key=lambda path: path.stem.rsplit("_", 1)[-1])
    assert logs, f"no summary was written:\n{said[-4000:]}"
    log = logs[-1].with_suffix(".log").read_text(encoding="utf-8")
    summary = json.loads(logs[-1].read_text(encoding="utf-8"))
    file = _kept(root, logs[-1].stem)
    return Night(root, done.returncode, said, summary, log, tables_of(file), file)


def _kept(root: Path, name: str) -> Path:
    """A copy beside the company of what is published now."""
    file, kept = root / "data" / "published" / "funnel.duckdb", root.parent / f"{root.name}_{name}.duckdb"
    if file.is_file():
        shutil.copyfile(file, kept)
    return kept


def tables_of(file: Path) -> dict[str, list[tuple]]:
    """Every row of the canonical and mart tables of a published file, times of writing left out; nothing where there is no file."""
    if not file.is_file():
        return {}
    with duckdb.connect(str(file), read_only=True) as connection:
        named = connection.execute(_COLUMNS).fetchall()
        return {name: connection.execute(f"select {', '.join(columns)} from {name} order by all").fetchall() for name, columns in named}


def differing(one: Night, other: Night, but: set[str]) -> dict[str, tuple[list, list]]:
    """Tables whose rows differ, with the rows that only one of the two has; `but` names those not compared."""
    assert one.tables.keys() == other.tables.keys()
    names = [name for name in one.tables if name not in but and one.tables[name] != other.tables[name]]
    return {
        name: (
            [row for row in one.tables[name] if row not in other.tables[name]],
            [row for row in other.tables[name] if row not in one.tables[name]],
        )
        for name in names
    }
