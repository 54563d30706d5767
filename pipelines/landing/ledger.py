"""The ledger of one company: the door through which every other room reads and writes it.

Belongs here: the verbs (stage, refuse, revoke, restore, accept, compact, erase) on top of this room's modules. Does not: file formats.
Every verb that writes is called under `company_lock`.
"""

import errno
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

import polars as pl

from pipelines.extract.delivery import Delivery, Original, RefusedFile
from pipelines.landing import compact as compaction
from pipelines.landing.archive import archive_file, archive_text
from pipelines.landing.erase import erase_record
from pipelines.landing.hashing import short_id
from pipelines.landing.manifest import Entry, Manifest
from pipelines.landing.stage import Staged
from pipelines.landing.state import DeliveryState, delivery_states
from pipelines.landing.sweep import committed_files, sweep
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder

Made = TypeVar("Made")


class Ledger:
    """data/landing of a company. Raises FunnelError FNL-303, FNL-304 when it cannot be read for certain."""

    def __init__(self, folder: CompanyFolder) -> None:
        self.folder, self.landing = folder, folder.landing
        self.manifest = Manifest(self.landing)
        self.manifest.check_format()

    def entries(self) -> list[Entry]:
        return self.manifest.entries()

    def states(self) -> list[DeliveryState]:
        return delivery_states(self.entries())

    def sweep(self) -> list[str]:
        return sweep(self.landing, self.manifest)

    def stage(self, delivery: Delivery) -> Staged:
        """Read a delivery's rows into temporary files. Raises what its chunks raise; FNL-308 when the disk refuses."""
        return _disk_guard(
            self.landing, lambda: Staged(self.landing, self.manifest, delivery, self.folder.settings, self.known_content, self.known_rows)
        )

    def known_content(self, source: str, entity: str) -> pl.DataFrame:
        """Every (key, hash) whose content is committed for this entity."""
        empty = pl.DataFrame(schema={"_record_key": pl.String, "_record_hash": pl.String})
        return pl.concat([empty, *(pl.read_parquet(file, columns=empty.columns) for file in self._content_files(source, entity))])

    def known_rows(self, source: str, entity: str, keys: pl.DataFrame) -> pl.DataFrame:
        """The committed contents of these keys (one column `_record_key`)."""
        rows = [pl.read_parquet(file).join(keys, on="_record_key", how="semi") for file in self._content_files(source, entity)]
        return pl.concat(rows, how="diagonal") if rows else pl.DataFrame(schema={"_record_key": pl.String, "_record_hash": pl.String})

    def _content_files(self, source: str, entity: str) -> list[Path]:
        return [self.landing / name for name in sorted(committed_files(self.manifest)) if name.startswith(f"{source}/{entity}/content/")]

    def is_known(self, source: str, original: Original, mapping_version: str) -> bool:
        """Has this file been delivered as it is? Dated files: ever. Undated ones: last under this name. A new mapping needs `reparse`."""
        same_name = [
            entry
            for entry in self.entries()
            if entry["kind"] in ("delivery", "refused_file")
            and entry["source"] == source
            and (entry["original"] or {}).get("name") == original.name
        ]
        same = [entry for entry in same_name if entry["original"]["sha256"] == original.sha256]
        if not same:
            return False
        return any(entry.get("declared_date") for entry in same) or same_name[-1]["original"]["sha256"] == original.sha256

    def refuse_file(self, refused: RefusedFile) -> None:
        """Keep the bytes and the reason of a file nobody could read. The same file under the same name is noted once."""
        original = refused.original
        if self.is_known(refused.source, original, ""):
            return
        archive_file(self.landing, original.path, original.sha256)
        self.manifest.append(
            "refused_file",
            short_id("e", refused.source, original.name, original.sha256, len(self.entries())),
            source=refused.source,
            code=refused.code,
            values=refused.values,
            original={
                "name": original.name,
                "sha256": original.sha256,
                "size": original.size,
                "saved_at": None,
                "modified_at": original.modified_at.isoformat(),
            },
        )

    def note_mapping(self, source: str, mapping_version: str, text: bytes, sha256: str) -> None:
        """Keep a mapping's text once per version, so that its history exists."""
        if not any(entry["source"] == source and entry["mapping_version"] == mapping_version for entry in self.manifest.of_kind("mapping")):
            archive_text(self.landing, text, sha256)
            self.manifest.append(
                "mapping", short_id("e", source, mapping_version), source=source, mapping_version=mapping_version, sha256=sha256
            )

    def find(self, delivery_id: str) -> DeliveryState:
        """The delivery with this id or unambiguous beginning of it. Raises FNL-306."""
        states = self.states()
        found = [state for state in states if state.id == delivery_id] or [state for state in states if state.id.startswith(delivery_id)]
        if len(found) == 1:
            return found[0]
        near = get_close_matches(delivery_id, [state.id for state in states], 1, 0)
        raise FunnelError("FNL-306", 2, delivery_id=delivery_id, count=len(states), nearest=near[0] if near else "-")

    def revoke(self, delivery_id: str, why: str) -> DeliveryState:
        return self._say("revoke", delivery_id, why, lambda state: state.state_code == "revoked", "undone")

    def restore(self, delivery_id: str, why: str) -> DeliveryState:
        return self._say("restore", delivery_id, why, lambda state: state.state_code != "revoked", "restored")

    def accept(self, delivery_id: str, why: str) -> DeliveryState:
        return self._say("accept", delivery_id, why, lambda state: state.state_code != "held", "accepted")

    def _say(self, kind: str, delivery_id: str, why: str, is_wrong: Callable[[DeliveryState], bool], action: str) -> DeliveryState:
        state = self.find(delivery_id)
        entry = state.entry
        if is_wrong(state):
            raise FunnelError(
                "FNL-307",
                2,
                delivery_id=state.id,
                state=state.state_code,
                action=action,
                source=entry["source"],
                date=entry["delivered_date"],
                reason=str(state.reasons[0].get("why") or state.reasons[0].get("code")) if state.reasons else "-",
            )
        self.manifest.append(kind, short_id("e", kind, state.id, len(self.entries())), delivery_id=state.id, why=why)
        return self.find(state.id)

    def compact(self) -> int:
        return compaction.compact(self.landing, self.manifest)

    def erase(self, source: str, entity: str, record_key: str, why: str) -> list[str]:
        """Remove a record's content for ever, leaving a tombstone. Returns the files rewritten or removed."""
        return erase_record(self.landing, self.manifest, source, entity, record_key, why)


def _disk_guard(path: object, make: Callable[[], Made]) -> Made:
    try:
        return make()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO):
            raise FunnelError("FNL-308", path=path, reason=error.strerror) from error
        raise
