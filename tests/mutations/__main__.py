"""Plants each fault in a copy of dbt_project, and says which tests go red: dbt's unit tests of what it touches, then the golden company's figures.

Belongs here: copying, building and counting. Does not: the faults (planted.py). Run it by hand, all or by name; it is no part of `make test`:
    python -m tests.mutations [name …] [--company FOLDER]     FOLDER: a golden company after its night; without it, the night is run first
Ends with 1 if a fault survived that is not listed as expected to, or if a text to replace is not there exactly once.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import duckdb

from tests.fixtures import dbt_run
from tests.golden.compare import EXPECTED, differences, sheet_of
from tests.mutations.planted import MUTATIONS, Mutation

ROOT = Path(__file__).parents[2]
WATERFALLS = [{"code": "around the price list", "from": "2026-03-16", "to": "2026-04-15"}]
SETTINGS = {"fiscal_year_start_month": 4, "minimum_rate_count": 3, "waterfalls": WATERFALLS}  # examples/golden/funnel.yaml
AS_OF = date(2026, 5, 31)


def planted(project: Path, mutation: Mutation) -> None:
    file = project / mutation.file
    text = file.read_text(encoding="utf-8")
    if (count := text.count(mutation.old)) != 1:
        sys.exit(f"{mutation.name}: the text to replace is {count} times in {mutation.file}, not once")
    file.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")


def wrong_figures(warehouse: Path) -> set[str]:
    """Rows that differ from the paper, as `table key`."""
    found: set[str] = set()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        built = {
            name
            for (name,) in connection.execute("select table_name from information_schema.tables where table_schema = 'marts'").fetchall()
        }
        for sheet in map(sheet_of, sorted(EXPECTED.glob("*.csv"))):
            if sheet.table not in built:
                continue
            try:
                found |= {f"{sheet.table} {key}" for key in differences(sheet, connection.execute(sheet.query).fetchall())}
            except AssertionError:  # a key that comes twice
                found.add(f"{sheet.table} is no longer keyed")
    return found


def caught_by(root: Path, mutation: Mutation, known: set[str]) -> list[str]:
    """What went red; empty when the fault survived. `known` rows differ without any fault."""
    units = f"{mutation.select} "
    red = dbt_run.build(root, AS_OF, select=" ".join(f"{part},test_type:unit" for part in units.split()), command="test", **SETTINGS)
    caught = [f"unit test {line.split(':')[0]}" for line in red]
    failed = dbt_run.build(root, AS_OF, select=mutation.select, command="tables", **SETTINGS)
    if failed:
        return [*caught, f"build: {failed[0][:120]}"]
    return [*caught, *sorted(wrong_figures(root / "warehouse.duckdb") - known)]


def golden_ledger(root: Path) -> Path:
    """The golden company after its night."""
    folder = root / "golden"
    shutil.copytree(ROOT / "examples" / "golden", folder, ignore=shutil.ignore_patterns("data"))
    subprocess.run([sys.executable, "-m", "pipelines.cli", "nightly", "--company", str(folder)], cwd=ROOT, check=True, capture_output=True)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--company", type=Path)
    wanted = parser.parse_args()
    survived = []
    with tempfile.TemporaryDirectory() as folder:
        root, project = Path(folder), Path(folder) / "dbt_project"
        data = (wanted.company or golden_ledger(root)) / "data"
        for part in ("landing", "warehouse/state"):
            shutil.copytree(data / part, root / part)
        dbt_run.PROJECT = project
        shutil.copytree(ROOT / "dbt_project", project)
        assert dbt_run.build(root, AS_OF, command="tables", **SETTINGS) == []
        whole, known = shutil.copyfile(root / "warehouse.duckdb", root / "whole.duckdb"), wrong_figures(root / "warehouse.duckdb")
        for mutation in MUTATIONS:
            if wanted.names and mutation.name not in wanted.names:
                continue
            shutil.rmtree(project)
            shutil.copytree(ROOT / "dbt_project", project)
            shutil.copyfile(whole, root / "warehouse.duckdb")
            planted(project, mutation)
            red = caught_by(root, mutation, known)
            survived += [] if red else [mutation.name]
            fault = f" (fault {mutation.fault})" if mutation.fault else ""
            print(f"{'caught  ' if red else 'SURVIVED'} {mutation.name}{fault}: {len(red)} red, such as {red[:2]}", flush=True)
    print(f"{len(survived)} survived: {', '.join(survived) or 'none'}")
    sys.exit(bool(survived))


if __name__ == "__main__":
    main()
