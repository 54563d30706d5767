"""Merging small content files of one entity into one; no derived row changes.

Belongs here: rewriting content. Does not: memberships, which stay one file a delivery (docs/ledger.md).
"""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from pipelines.landing.content_file import ContentFile
from pipelines.landing.hashing import short_id
from pipelines.landing.index import LedgerIndex
from pipelines.landing.storage import disk_guard, settle, temporary

ENOUGH_FILES = 16
SMALL_BYTES = 16 * 1024 * 1024


def compact(landing: Path, index: LedgerIndex) -> int:
    """Merge each entity's small content files where there are at least ENOUGH_FILES; returns how many files went away."""
    gone = 0
    for source, entity in index.entities():
        folder = landing / source / entity / "content"
        files = [path for name in index.files(source, entity, "content") if (path := folder / name).stat().st_size < SMALL_BYTES]
        if len(files) >= ENOUGH_FILES:
            with disk_guard(landing):
                merged = _merge(files)
            index.manifest.append(
                "compact", merged.stem, source=source, entity=entity, replaces=[file.name for file in files], file=merged.name
            )
            for file in files:
                file.unlink()
            gone += len(files) - 1
    return gone


def _merge(files: list[Path]) -> Path:
    merged = files[0].with_name(short_id("c", *[file.name for file in files]) + ".parquet")
    columns = list(dict.fromkeys(name for file in files for name in pq.read_schema(file).names))
    together, batch = ContentFile(temporary(merged)), list[pl.DataFrame]()
    for number, file in enumerate(files, start=1):
        batch.append(pl.read_parquet(file))
        if sum(frame.height for frame in batch) > 100_000 or number == len(files):
            frame = pl.concat(batch, how="diagonal")
            together.append(frame.select(pl.col(n) if n in frame.columns else pl.lit(None, pl.String).alias(n) for n in columns))
            batch.clear()
    together.close()
    settle(temporary(merged), merged)
    return merged
