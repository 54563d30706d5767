"""Removing what a killed run left, and finishing the erasure that it began.

Belongs here: finding and deleting leftovers under the lock. Does not: touching anything that is committed.
"""

import shutil
from pathlib import Path

from pipelines.landing.erase import finish_erasures
from pipelines.landing.index import LedgerIndex
from pipelines.landing.schema_file import NAME
from pipelines.landing.storage import TEMPORARY


def sweep(landing: Path, index: LedgerIndex) -> list[str]:
    """Delete what no manifest entry names; returns paths below landing/. Call under the lock, with nothing staged."""
    shutil.rmtree(landing / "staging.tmp", ignore_errors=True)
    finish_erasures(landing, index)
    kept, originals, removed = index.all_files(), index.originals(), []
    for path in sorted(landing.glob("*/*/*/*.parquet*")):
        name = path.relative_to(landing).as_posix()
        if path.name != NAME and name not in kept:
            removed.append(path)
    removed += [path for path in sorted(landing.glob("originals/*/*")) if path.name not in originals]
    removed += [*landing.glob(f"manifest/*{TEMPORARY}"), *landing.glob(f"*.json{TEMPORARY}")]
    for path in removed:
        path.unlink()
    return [path.relative_to(landing).as_posix() for path in removed]
