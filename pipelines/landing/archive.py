"""Originals as delivered, by content hash.

Belongs here: keeping and finding bytes. Does not: reading them.
"""

import shutil
from pathlib import Path

from pipelines.landing.storage import make_folder, settle, temporary, write_bytes


def archived_path(landing: Path, sha256: str) -> Path:
    return landing / "originals" / sha256[:2] / sha256


def archive_file(landing: Path, source: Path, sha256: str) -> Path:
    """Copy an original under its hash; nothing happens when it is there. The source is never changed."""
    path = archived_path(landing, sha256)
    if not path.is_file():
        make_folder(path.parent)
        shutil.copyfile(source, temporary(path))
        settle(temporary(path), path)
    return path


def archive_text(landing: Path, text: bytes, sha256: str) -> Path:
    path = archived_path(landing, sha256)
    if not path.is_file():
        write_bytes(path, text)
    return path
