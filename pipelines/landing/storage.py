"""Durable writing: temporary name, fsync, rename, fsync of the folder.

Belongs here: bytes and JSON reaching the disk whole or not at all. Does not: what the bytes mean.
"""

import json
import os
from pathlib import Path
from typing import Any

TEMPORARY = ".tmp"


def make_folder(folder: Path) -> Path:
    """The folder, made with its parents, readable by its owner alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
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
