"""Removing what a killed run left: files that no manifest entry names.

Belongs here: finding and deleting leftovers under the lock. Does not: touching anything that is committed.
"""

import shutil
from pathlib import Path

from pipelines.landing.manifest import Manifest
from pipelines.landing.schema_file import NAME
from pipelines.landing.storage import TEMPORARY


def committed_files(manifest: Manifest) -> set[str]:
    """Paths below landing/ of every content, membership and problem file that is committed and not replaced since."""
    names: set[str] = set()
    for entry in manifest.entries():
        if entry["kind"] == "delivery":
            for part in entry["entities"]:
                base = f"{entry['source']}/{part['entity']}"
                names |= {f"{base}/content/{file}" for file in part["content_files"]}
                names.add(f"{base}/membership/{part['membership_file']}")
                if part["problem_file"]:
                    names.add(f"{base}/problem/{part['problem_file']}")
        elif entry["kind"] == "compact":
            base = f"{entry['source']}/{entry['entity']}"
            names -= {f"{base}/content/{file}" for file in entry["replaces"]}
            names.add(f"{base}/content/{entry['file']}")
    return names


def sweep(landing: Path, manifest: Manifest) -> list[str]:
    """Delete leftovers; returns their paths below landing/. Call under the lock only."""
    kept, removed = committed_files(manifest), []
    shutil.rmtree(landing / "staging.tmp", ignore_errors=True)
    for path in sorted(landing.glob("*/*/*/*.parquet*")):
        name = path.relative_to(landing).as_posix()
        if path.name != NAME and name not in kept:
            path.unlink()
            removed.append(name)
    for path in [*landing.glob(f"manifest/*{TEMPORARY}"), *landing.glob(f"originals/*/*{TEMPORARY}"), *landing.glob(f"*{TEMPORARY}")]:
        if path.is_file():
            path.unlink()
            removed.append(path.relative_to(landing).as_posix())
    return removed
