"""The manifest: one JSON file per commit, gapless sequence; what it does not name does not exist.

Belongs here: reading and appending entries, the format version. Does not: what an entry means (state.py).
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.landing.storage import make_folder, write_json
from pipelines.messages.catalogue import FunnelError

FORMAT_VERSION = 1
Entry = dict[str, Any]


class Manifest:
    """The entries of one ledger, read once and kept in step with what this process appends."""

    def __init__(self, landing: Path) -> None:
        self.folder = landing / "manifest"
        self.format_file = landing / "ledger.json"
        self._entries: list[Entry] | None = None

    def check_format(self) -> None:
        """Raises FunnelError FNL-303 when another format wrote this ledger; a new ledger gets this one's mark."""
        if not self.format_file.is_file():
            if self.folder.is_dir() and any(self.folder.glob("*.json")):
                raise FunnelError("FNL-303", 2, path=self.format_file, found="none", known=FORMAT_VERSION)
            make_folder(self.folder)
            write_json(self.format_file, {"format_version": FORMAT_VERSION})
        found = json.loads(self.format_file.read_text()).get("format_version")
        if found != FORMAT_VERSION:
            raise FunnelError("FNL-303", 2, path=self.format_file, found=found, known=FORMAT_VERSION)

    def entries(self) -> list[Entry]:
        """All entries in sequence order. Raises FunnelError FNL-304 when one is missing from the sequence."""
        if self._entries is None:
            files = sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []
            self._entries = [json.loads(file.read_text(encoding="utf-8")) for file in files]
            for expected, (entry, file) in enumerate(zip(self._entries, files, strict=True), start=1):
                if entry["sequence"] != expected:
                    raise FunnelError("FNL-304", path=file, expected=expected, found=entry["sequence"])
        return self._entries

    def append(self, kind: str, entry_id: str, **values: Any) -> Entry:
        """Write the next entry; after this returns, it is committed."""
        entries = self.entries()
        entry = {
            "format_version": FORMAT_VERSION,
            "kind": kind,
            "entry_id": entry_id,
            "sequence": len(entries) + 1,
            "committed_at": datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds"),
            **values,
        }
        make_folder(self.folder)
        path = self.folder / f"{entry['sequence']:010d}-{entry_id}.json"
        write_json(path, entry)
        entries.append(json.loads(path.read_text(encoding="utf-8")))
        return entries[-1]

    def of_kind(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries() if entry["kind"] == kind]
