"""Durable writing: temporary name, fsync, rename, fsync of the folder.

Belongs here: bytes and JSON reaching the disk whole or not at all, and what a refusing disk is called. Does not: what the bytes mean.
"""

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.messages.catalogue import FunnelError

TEMPORARY = ".tmp"
DISK_REFUSES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
_NUMBERED = re.compile(r"os error (\d+)|[Ee]rrno (\d+)")


def make_folder(folder: Path) -> Path:
    """The folder, made with its parents, each readable by its owner alone and known to the folder above before anything lies in it."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
        sync_folder(folder.parent)
    return folder


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def temporary(path: Path) -> Path:
    return path.with_name(path.name + TEMPORARY)


def sync_file(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def settle(written: Path, path: Path) -> None:
    """Rename a finished temporary file to its name. Both survive a power cut or neither does."""
    sync_file(written)
    os.replace(written, path)
    sync_folder(path.parent)


def write_bytes(path: Path, content: bytes) -> None:
    make_folder(path.parent)
    written = temporary(path)
    written.write_bytes(content)
    settle(written, path)


def write_json(path: Path, value: Any) -> None:
    write_bytes(path, json.dumps(value, ensure_ascii=False, indent=1, default=str).encode())


@contextmanager
def disk_guard(path: Path) -> Iterator[None]:
    """Turn a disk that refuses (full, quota, read-only, broken), from whichever library says so, into FunnelError FNL-308."""
    try:
        yield
    except FunnelError:
        raise
    except Exception as error:
        number = _disk_errno(error)
        if number is None:
            raise
        raise FunnelError("FNL-308", path=path, reason=os.strerror(number)) from error


def _disk_errno(error: Exception) -> int | None:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno if error.errno in DISK_REFUSES else None
    found = _NUMBERED.search(str(error))
    number = int(found[1] or found[2]) if found else None
    return number if number in DISK_REFUSES else None
