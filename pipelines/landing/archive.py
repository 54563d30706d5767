"""Originals as delivered, by content hash.

Belongs here: keeping and finding bytes. Does not: reading them.
"""

import hashlib
import shutil
from pathlib import Path
from typing import IO, cast

from pipelines.extract.delivery import Original
from pipelines.landing.storage import make_folder, settle, temporary, write_bytes
from pipelines.messages.catalogue import FunnelError


def archived_path(landing: Path, sha256: str) -> Path:
    return landing / "originals" / sha256[:2] / sha256


def archive_file(landing: Path, original: Original) -> Path:
    """Copy an original under its hash; nothing happens when it is there. The source is never changed.

    Raises FunnelError FNL-311 when the file is no longer the one that was read.
    """
    path = archived_path(landing, original.sha256)
    if not path.is_file():
        make_folder(path.parent)
        with original.path.open("rb") as read, temporary(path).open("wb") as written:
            hashed = _Hashed(written)
            shutil.copyfileobj(read, cast(IO[bytes], hashed), 1024 * 1024)
        if hashed.digest.hexdigest() != original.sha256:
            temporary(path).unlink()
            raise FunnelError("FNL-311", file=original.name)
        settle(temporary(path), path)
    return path


def archive_text(landing: Path, text: bytes, sha256: str) -> Path:
    path = archived_path(landing, sha256)
    if not path.is_file():
        write_bytes(path, text)
    return path


class _Hashed:
    """A file that hashes what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self.file.write(data)
