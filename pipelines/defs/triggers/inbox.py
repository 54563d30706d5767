"""The inbox sensor: a file that has lain still between two ticks, with content the ledger does not have, starts a night.

Belongs here: which files are new and at rest. Does not: reading them (extract).
"""

import hashlib
import json
import os
from pathlib import Path

import dagster as dg

from pipelines.defs.night_resource import night_config
from pipelines.defs.triggers.job import nightly_job
from pipelines.extract.asked import source_files
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from pipelines.settings.paths import source_folder

SECONDS = int(os.environ.get("FUNNEL_INBOX_SECONDS", "30"))
Seen = dict[str, list[int]]  # path -> [size, mtime in ns]


def inbox_sensor(folder: CompanyFolder) -> dg.SensorDefinition:
    """Looks every SECONDS; the run key is the hash of the new contents, so that one content starts one run."""

    @dg.sensor(
        name="inbox",
        job=nightly_job,
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts a night when a new file of a source has the same size and time on two ticks.",
    )
    def inbox(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        before = json.loads(context.cursor or "{}")
        now = waiting_files(folder, before.get("handled", {}))
        still = {path: mark for path, mark in now.items() if before.get("seen", {}).get(path) == mark}
        hashes = {path: _sha256(Path(path)) for path in still}
        fresh = sorted(digest for digest in hashes.values() if not _is_archived(folder, digest))
        handled = {path: mark for path, mark in before.get("handled", {}).items() if Path(path).is_file()} | still
        cursor = json.dumps({"seen": now, "handled": handled}, ensure_ascii=False)
        if not fresh:
            return dg.SensorResult(skip_reason=f"{len(now)} new files, none at rest with new content", cursor=cursor)
        key = fresh[0] if len(fresh) == 1 else hashlib.sha256("".join(fresh).encode()).hexdigest()
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=key, run_config=night_config(None, "inbox"))], cursor=cursor)

    return inbox


def waiting_files(folder: CompanyFolder, handled: Seen) -> Seen:
    """Files that some enabled source's globs name and that are not as they were when last handled."""
    found: Seen = {}
    for name, source in folder.settings.sources.items():
        if not source.enabled:
            continue
        try:
            below = source_folder(folder, name)
        except FunnelError:
            continue  # the night itself says that the folder is missing
        for file in source_files(below, source, []):
            state = file.stat()
            mark = [state.st_size, state.st_mtime_ns]
            if state.st_size and handled.get(str(file)) != mark:
                found[str(file)] = mark
    return found


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _is_archived(folder: CompanyFolder, sha256: str) -> bool:
    return (folder.landing / "originals" / sha256[:2] / sha256).is_file()
