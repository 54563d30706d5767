"""Erasing one record for ever: its content, its places, the originals that hold it. A tombstone says that it happened.

Belongs here: rewriting ledger files without one key. Does not: published files (publish removes past ones) or the next rebuild.
An original is a whole file: it goes with everything in it, the manifest keeps its hash; the other records stay in the content files.
"""

from pathlib import Path
from typing import Any

import polars as pl

from pipelines.landing.archive import archived_path
from pipelines.landing.hashing import short_id
from pipelines.landing.index import LedgerIndex
from pipelines.landing.storage import disk_guard, settle, temporary
from pipelines.messages.catalogue import FunnelError

PARTS = ("content", "membership", "problem")


def erase_record(landing: Path, index: LedgerIndex, source: str, entity: str, record_key: str, why: str) -> list[str]:
    """Rewrite every Parquet file of the entity without `record_key`, remove originals of the deliveries that held it.

    Returns the files rewritten or removed, below landing/. Raises FunnelError FNL-309 when the ledger never had the record.
    """
    touched = _touched(landing, index, source, entity, record_key)
    if not touched:
        raise FunnelError("FNL-309", 2, record_key=record_key, entity=entity, source=source)
    memberships = {path.stem for path in touched if path.parent.name != "content"}
    held = [
        entry
        for entry in index.manifest.of_kind("delivery")
        if entry["original"] and any(part["membership_id"] in memberships for part in entry["entities"])
    ]
    # The tombstone goes first: a run killed in the middle is finished by the next sweep, never forgotten.
    tombstone = index.manifest.append(
        "erase",
        short_id("e", "erase", source, entity, record_key, len(index.manifest.entries())),
        source=source,
        entity=entity,
        record_key=record_key,
        why=why,
        originals=sorted({entry["original"]["sha256"] for entry in held}),
        rows={path.stem: _rows(path, record_key) for path in touched if path.parent.name == "membership"},
    )
    return _carry_out(landing, index, tombstone)


def finish_erasures(landing: Path, index: LedgerIndex) -> None:
    """Carry out the tombstones of a run that was killed."""
    done = {entry["erase"] for entry in index.manifest.of_kind("erased")}
    for entry in index.manifest.of_kind("erase"):
        if entry["entry_id"] not in done:
            _carry_out(landing, index, entry)


def _carry_out(landing: Path, index: LedgerIndex, tombstone: dict[str, Any]) -> list[str]:
    record_key = tombstone["record_key"]
    with disk_guard(landing):
        touched = _touched(landing, index, tombstone["source"], tombstone["entity"], record_key)
        for path in touched:
            kept = pl.read_parquet(path).filter(pl.col("_record_key").ne_missing(pl.lit(record_key)))
            kept.write_parquet(temporary(path), compression="zstd")
            settle(temporary(path), path)
        removed = [path for sha256 in tombstone["originals"] if (path := archived_path(landing, sha256)).is_file()]
        for path in removed:
            path.unlink()
    index.manifest.append("erased", short_id("e", "erased", tombstone["entry_id"]), erase=tombstone["entry_id"])
    return [path.relative_to(landing).as_posix() for path in (*touched, *removed)]


def _touched(landing: Path, index: LedgerIndex, source: str, entity: str, record_key: str) -> list[Path]:
    files = [landing / source / entity / part / name for part in PARTS for name in index.files(source, entity, part)]
    return [path for path in files if path.is_file() and _holds(path, record_key)]


def _holds(path: Path, record_key: str) -> bool:
    return not pl.scan_parquet(path).filter(pl.col("_record_key") == record_key).select("_record_key").head(1).collect().is_empty()


def _rows(membership: Path, record_key: str) -> dict[str, int]:
    """How many rows of a membership go: accepted, refused, and of the accepted ones those that repeat another."""
    rows = pl.scan_parquet(membership).filter(pl.col("_record_key") == record_key).select("_record_hash", "_is_refused").collect()
    accepted = rows.filter(~pl.col("_is_refused"))
    repeated = accepted.height - accepted["_record_hash"].n_unique()
    return {"accepted": accepted.height, "refused": rows.height - accepted.height, "duplicates": repeated}
