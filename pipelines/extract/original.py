"""One delivered file as it lies on disk: its hash, size and two instants.

Belongs here: what can be said of a file without understanding its rows. Does not: reading its content as a table.
"""

import hashlib
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from pipelines.extract.delivery import Original


def original_of(path: Path, name: str) -> Original:
    """`name` is the path relative to the source's folder. Raises OSError when the file cannot be opened."""
    status = path.stat()
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Original(name, path, sha256, status.st_size, saved_at(path), _naive(datetime.fromtimestamp(status.st_mtime, UTC)))


def saved_at(path: Path) -> datetime | None:
    """When the workbook says it was last saved (naive UTC); None for every other file or an unreadable statement."""
    try:
        with zipfile.ZipFile(path) as archive:
            core = archive.read("docProps/core.xml").decode("utf-8", "replace")
        stated = re.search(r"<dcterms:modified[^>]*>\s*([^<\s]+)\s*<", core)
        return _naive(datetime.fromisoformat(stated[1])) if stated else None
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, RuntimeError, NotImplementedError, EOFError):
        return None


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
