"""A run for a date before the last publication: computed into data/as_of, beside everything else.

Belongs here: building that one file without touching warehouse, state or publication. Does not: landing; it reads the ledger as it is.
"""

import os
import shutil
import subprocess
from pathlib import Path

from pipelines.defs.assets.manifest import DBT, hand_on_parse
from pipelines.defs.session import NightSession
from pipelines.messages.catalogue import FunnelError
from pipelines.publish.publish import publish
from pipelines.settings.company import CompanyFolder
from pipelines.warehouse.dbt import dbt_arguments, dbt_environment, target_dir
from pipelines.warehouse.state import write_state


class PastFolder(CompanyFolder):
    """The company folder with a warehouse and state of its own under `working`."""

    working: Path

    @property
    def state(self) -> Path:
        return self.working / "state"

    @property
    def warehouse(self) -> Path:
        return self.working / "warehouse.duckdb"


def compute_past(session: NightSession) -> None:
    """data/as_of/<date>.duckdb; on failure the session says why and nothing is left behind."""
    folder, day = session.folder, session.as_of_date
    working = folder.data / "as_of" / f".building-{day}"
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir(mode=0o700, parents=True)
    past = PastFolder(root=folder.root, settings=folder.settings, working=working)
    try:
        with session.step("warehouse/state"):
            write_state(past, day)
        with session.step("models"):
            _build(session, past)
        with session.step("compute"):
            done = publish(past, day, "", [], warehouse=past.warehouse, dbt_manifest=working / "dbt_target" / "manifest.json")
        session.outcome.computed = done.file
    except FunnelError:
        return  # told by its step
    finally:
        shutil.rmtree(working, ignore_errors=True)


def _build(session: NightSession, past: PastFolder) -> None:
    target = past.working / "dbt_target"
    arguments = [argument.replace(str(target_dir(past)), str(target)) for argument in dbt_arguments(past)]
    hand_on_parse(session.folder, target)
    process = subprocess.run(
        [*DBT, "--no-use-colors", "build", *arguments, "--full-refresh", "--exclude-resource-type", "unit_test"],
        env=os.environ | dbt_environment(past, session.as_of_date), cwd=past.working, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    session.log_file.write(process.stdout)
    if process.returncode:
        lines = [line for line in process.stdout.splitlines() if "ERROR" in line or "FAIL" in line] or ["dbt failed"]
        raise FunnelError("FNL-651", node="dbt build", step="models", reason=lines[0][:300], log=session.outcome.log_path)
