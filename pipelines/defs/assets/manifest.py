"""The dbt manifest that the definitions are made from: parsed once per version of the project, kept in the company's data.

Belongs here: when to parse, where the result lies, who is given it. Does not: translating it (translator.py), running models (models.py).
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from pipelines.warehouse.dbt import dbt_arguments, dbt_environment, project_dir

DBT = [sys.executable, "-m", "pipelines.warehouse.dbt_process"]  # the dbt of this very environment, wherever PATH points
PARSED = "partial_parse.msgpack"
_PARTS = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "data_tests", "snapshots")


def dbt_manifest(folder: CompanyFolder) -> Path:
    """manifest.json of the project as it is now; `dbt parse` runs only when no manifest of this very project is kept.

    Raises FunnelError FNL-651 (exit 1) when the project does not parse.
    """
    found = kept_manifest(folder)
    kept = found.parent
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(kept / "parse.lock"):
        if not found.is_file():
            _parse(folder, kept, found)
    return found


def kept_manifest(folder: CompanyFolder) -> Path:
    """Where the manifest of this very project lies, once it has been parsed."""
    return folder.data / "warehouse" / "dbt_manifest" / f"{project_hash(folder)}.json"


def project_hash(folder: CompanyFolder) -> str:
    """Hash of the project's files, the tool's version and the variables that may shape the graph."""
    project, digest = (
        project_dir(),
        hashlib.sha256(f"{version('dbt-core')} {version('dagster-dbt')} {folder.settings.publish.personal_data}".encode()),
    )
    for part in _PARTS:
        path = project / part
        for file in [path] if path.is_file() else sorted(entry for entry in path.rglob("*") if entry.is_file()):
            digest.update(str(file.relative_to(project)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def _parse(folder: CompanyFolder, kept: Path, found: Path) -> None:
    arguments = dbt_arguments(folder)
    arguments[arguments.index("--target-path") + 1] = str(kept / "target")
    process = subprocess.run(
        [*DBT, "--no-use-colors", "parse", *arguments],
        env=os.environ | dbt_environment(folder, folder.settings.as_of_date or date(1970, 1, 1)), cwd=folder.data,
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    written = kept / "target" / "manifest.json"
    if process.returncode or not written.is_file():
        folder.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = folder.logs / "dbt_parse.log"
        log.write_text(process.stdout + process.stderr, encoding="utf-8")
        reason = " ".join(process.stdout.partition("Error")[2].split())[:300] or "dbt parse failed"
        raise FunnelError("FNL-651", node="dbt parse", step="definitions", reason=reason, log=log)
    json.loads(written.read_text(encoding="utf-8"))
    for old in kept.glob("*.json"):
        old.unlink()
    written.replace(found)


def hand_on_parse(folder: CompanyFolder, target: Path) -> None:
    """Give a run's target folder the parsed project of the definitions, so that dbt does not parse it a second time (4 s)."""
    parsed, given = kept_manifest(folder).parent / "target" / PARSED, target / PARSED
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if parsed.is_file() and not (given.is_file() and given.stat().st_mtime >= parsed.stat().st_mtime):
        shutil.copyfile(parsed, given)
