"""Putting a finished version in the place of yesterday's, in one step.

Belongs here: the folders of data/published and the rename that publishes. Does not: what a version holds.

    data/published/versions/<as-of date>_<n>/   funnel.duckdb · manifest.json · parquet/ · the rows kept in the ledger (published_rows.py)
    data/published/current -> versions/…        the one link that is replaced, atomically
    data/published/funnel.duckdb, manifest.json, parquet -> current/…    never change

So the file, its Parquet and its manifest always belong together, whenever a run is killed.
"""

import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

FILE = "funnel.duckdb"
MANIFEST = "manifest.json"
PARQUET = "parquet"
PUBLICATION = "publication.parquet"
CURRENT = "current"
FORGOTTEN = "forgotten"


def current_version(published: Path) -> Path | None:
    """The folder of the version that readers see; None before the first publication."""
    link = published / CURRENT
    return published / os.readlink(link) if link.is_symlink() and link.is_dir() else None


def published_manifest(published: Path) -> dict[str, Any] | None:
    """The manifest of what is published now; None before the first publication."""
    version = current_version(published)
    return json.loads((version / MANIFEST).read_text(encoding="utf-8")) if version else None


def begin(published: Path) -> Path:
    """An empty working folder; what killed runs left behind is removed."""
    working = published / ".tmp"
    shutil.rmtree(working, ignore_errors=True)
    drop_unpublished(published)
    working.mkdir(parents=True, mode=0o700)
    for folder in (published, working):
        folder.chmod(0o700)
    return working


def name_version(published: Path, as_of_date: date) -> str:
    """`<as-of date>_<n>`, n counting the publications of that date from 1."""
    taken = [number for day, number in map(_order, versions(published)) if day == as_of_date.isoformat()]
    return f"{as_of_date.isoformat()}_{max(taken, default=0) + 1}"


def settle(working: Path, published: Path, name: str) -> Path:
    """Everything in `working` on the disk, read-only, under its final name; not yet published."""
    for path in sorted(working.rglob("*"), reverse=True):
        path.chmod(0o700 if path.is_dir() else 0o400)
        _sync(path)
    _sync(working)
    folder = published / "versions"
    folder.mkdir(exist_ok=True, mode=0o700)
    os.replace(working, folder / name)
    _sync(folder)
    return folder / name


def swap(version: Path, published: Path) -> None:
    """Publish a settled version: from here on new readers see it, whole."""
    for name in (FILE, MANIFEST, PARQUET):
        if not (published / name).is_symlink():
            _link(published / name, Path(CURRENT) / name)
    _link(published / CURRENT, version.relative_to(published))
    _sync(published)


def versions(published: Path) -> list[Path]:
    """Version folders, oldest first."""
    return sorted((published / "versions").glob("*_*"), key=_order)


def drop_unpublished(published: Path) -> None:
    """Remove versions that were settled but never published: those after the current one."""
    current = current_version(published)
    for version in versions(published):
        if current is None or _order(version) > _order(current):
            shutil.rmtree(version)


def keep_last(published: Path, count: int) -> None:
    """Remove all but the last `count` versions and what `forget` marked; the current one always stays."""
    current, marks = current_version(published), published / FORGOTTEN
    marked = set(marks.read_text(encoding="utf-8").split()) if marks.is_file() else set()
    for version in [*versions(published)[: -max(count, 1)], *(folder for folder in versions(published) if folder.name in marked)]:
        if version != current and version.is_dir():
            shutil.rmtree(version)
    if current is None or current.name not in marked:
        marks.unlink(missing_ok=True)


def forget(published: Path) -> None:
    """After an erasure: past versions go now, the current one as soon as another takes its place."""
    current = current_version(published)
    if current:
        (published / FORGOTTEN).write_text(current.name, encoding="utf-8")
    keep_last(published, 1)


def _link(path: Path, target: Path) -> None:
    """Make `path` a link, in one step over a link or a file; a folder (of a copy that followed the links) goes first."""
    fresh = path.with_name(f"{path.name}.tmp")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    os.replace(fresh, path)


def _order(version: Path) -> tuple[str, int]:
    day, _, number = version.name.rpartition("_")
    return day, int(number)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
