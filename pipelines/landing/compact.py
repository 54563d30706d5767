"""Merging small content files of one entity into one; no derived row changes.

Belongs here: rewriting content. Does not: memberships, which stay one file a delivery (docs/ledger.md).
"""

from pathlib import Path

import polars as pl

from pipelines.landing.hashing import short_id
from pipelines.landing.manifest import Manifest
from pipelines.landing.storage import settle, temporary
from pipelines.landing.sweep import committed_files

ENOUGH_FILES = 8
LARGE_BYTES = 64 * 1024 * 1024


def compact(landing: Path, manifest: Manifest) -> int:
    """Merge each entity's small content files where there are at least ENOUGH_FILES; returns how many files went away."""
    gone = 0
    folders: dict[Path, list[Path]] = {}
    for name in sorted(committed_files(manifest)):
        path = landing / name
        if path.parent.name == "content" and path.stat().st_size < LARGE_BYTES:
            folders.setdefault(path.parent, []).append(path)
    for folder, files in folders.items():
        if len(files) < ENOUGH_FILES:
            continue
        entry_id = short_id("c", folder.relative_to(landing), *[file.name for file in files])
        merged = folder / f"{entry_id}.parquet"
        pl.concat([pl.read_parquet(file) for file in files], how="diagonal").write_parquet(temporary(merged), compression="zstd")
        settle(temporary(merged), merged)
        manifest.append(
            "compact",
            entry_id,
            source=folder.parent.parent.name,
            entity=folder.parent.name,
            replaces=[file.name for file in files],
            file=merged.name,
        )
        for file in files:
            file.unlink()
        gone += len(files) - 1
    return gone
