"""The manifest: one JSON file per commit, gapless sequence; what it does not name does not exist.

Belongs here: reading and appending entries, the format version. Does not: what an entry means (state.py, index.py).
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.landing.storage import disk_guard, make_folder, write_json
from pipelines.messages.catalogue import FunnelError

FORMAT_VERSION = 1
Entry = dict[str, Any]


class Manifest:
    """The entries of one ledger, each file read once; entries that another object appended are seen at the next question."""

    def __init__(self, landing: Path) -> None:
        self.landing, self.folder = landing, landing / "manifest"
        self.format_file = landing / "ledger.json"
        self._entries: list[Entry] = []

    def check_format(self) -> None:
        """Raises FunnelError FNL-303 when another format wrote this ledger; a new ledger gets this one's mark."""
        if not self.format_file.is_file():
            if self.folder.is_dir() and any(self.folder.glob("*.json")):
                raise FunnelError("FNL-303", 2, path=self.format_file, found="none", known=FORMAT_VERSION)
            with disk_guard(self.landing):
                make_folder(self.folder)
                write_json(self.format_file, {"format_version": FORMAT_VERSION})
        self._require_format(self.format_file, _json(self.format_file))

    def _require_format(self, path: Path, document: Any) -> None:
        found = document.get("format_version", "none") if isinstance(document, dict) else "unreadable"
        if found != FORMAT_VERSION:
            raise FunnelError("FNL-303", 2, path=path, found=found, known=FORMAT_VERSION)

    def entries(self) -> list[Entry]:
        """All entries in sequence order. Raises FunnelError FNL-304 when one is missing from the sequence, FNL-303 for another format."""
        names = sorted(name for name in os.listdir(self.folder) if name.endswith(".json")) if self.folder.is_dir() else []
        if len(names) < len(self._entries):
            raise FunnelError("FNL-304", 2, path=self.folder, expected=len(self._entries), found=len(names))
        for name in names[len(self._entries) :]:
            self._entries.append(self._read(self.folder / name, len(self._entries) + 1))
        return self._entries

    def _read(self, path: Path, expected: int) -> Entry:
        number, entry = path.name.split("-")[0], _json(path)
        if entry is not None:
            self._require_format(path, entry)
        found = entry["sequence"] if entry else "unreadable"
        if found != expected or number != f"{expected:010d}":
            raise FunnelError("FNL-304", 2, path=path, expected=expected, found=found if found != expected else number)
        return entry

    def append(self, kind: str, entry_id: str, **values: Any) -> Entry:
        """Write the next entry; after this returns, it is committed. Raises FunnelError FNL-308 when the disk refuses."""
        sequence = len(self.entries()) + 1
        entry = {
            "format_version": FORMAT_VERSION,
            "kind": kind,
            "entry_id": entry_id,
            "sequence": sequence,
            "committed_at": datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds"),
            **values,
        }
        with disk_guard(self.landing):
            write_json(self.folder / f"{sequence:010d}-{entry_id}.json", entry)
        return self.entries()[-1]

    def of_kind(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries() if entry["kind"] == kind]


def _json(path: Path) -> Any:
    """The document, None when the file holds none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
