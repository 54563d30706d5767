"""Erasing one record for ever: its content, its places, the originals that hold it. A tombstone says that it happened.

Belongs here: rewriting ledger files without one key. Does not: publications (publish removes past ones) or the next rebuild.
An original is a whole file: it goes with everything in it, the manifest keeps its hash; the other records stay in the content files.
"""

from pathlib import Path

import polars as pl

from pipelines.landing.archive import archived_path
from pipelines.landing.hashing import short_id
from pipelines.landing.manifest import Manifest
from pipelines.landing.schema_file import NAME
from pipelines.landing.storage import settle, temporary
from pipelines.messages.catalogue import FunnelError


def erase_record(landing: Path, manifest: Manifest, source: str, entity: str, record_key: str, why: str) -> list[str]:
    """Rewrite every Parquet file of the entity without `record_key`, remove originals of the deliveries that held it. Raises FNL-309."""
    folder = landing / source / entity
    touched = [path for path in sorted(folder.glob("*/*.parquet")) if path.name != NAME and _holds(path, record_key)]
    if not touched:
        raise FunnelError("FNL-309", 2, record_key=record_key, entity=entity, source=source)
    memberships = {path.stem for path in touched if path.parent.name == "membership"}
    originals = {
        entry["original"]["sha256"]
        for entry in manifest.of_kind("delivery")
        if entry["original"] and any(part["membership_id"] in memberships for part in entry["entities"])
    }
    # The tombstone goes first: a run killed in the middle is finished by erasing again, never forgotten.
    manifest.append(
        "erase",
        short_id("e", "erase", source, entity, record_key, len(manifest.entries())),
        source=source,
        entity=entity,
        record_key=record_key,
        why=why,
        originals=sorted(originals),
    )
    for path in touched:
        pl.read_parquet(path).filter(pl.col("_record_key").ne_missing(pl.lit(record_key))).write_parquet(
            temporary(path), compression="zstd"
        )
        settle(temporary(path), path)
    removed = [archived_path(landing, sha256) for sha256 in sorted(originals) if archived_path(landing, sha256).is_file()]
    for path in removed:
        path.unlink()
    return [path.relative_to(landing).as_posix() for path in (*touched, *removed)]


def _holds(path: Path, record_key: str) -> bool:
    return not pl.scan_parquet(path).filter(pl.col("_record_key") == record_key).select("_record_key").head(1).collect().is_empty()
