"""The ledger of one company: the door through which every other room reads and writes it.

Belongs here: the verbs (stage, refuse, revoke, restore, accept, compact, erase) on top of this room's modules. Does not: file formats.
Every verb that writes is called under `company_lock`.
"""

from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from pipelines.extract.delivery import Delivery, Original, RefusedFile
from pipelines.landing import arrivals
from pipelines.landing.archive import archive_text
from pipelines.landing.compact import compact
from pipelines.landing.cursor import cursor_of, resyncs_of
from pipelines.landing.erase import erase_record
from pipelines.landing.hashing import short_id
from pipelines.landing.index import LedgerIndex
from pipelines.landing.known_content import KnownContent
from pipelines.landing.manifest import Entry, Manifest
from pipelines.landing.stage import Staged
from pipelines.landing.state import DeliveryState, delivery_states
from pipelines.landing.storage import disk_guard
from pipelines.landing.sweep import sweep
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder


class Ledger:
    """data/landing of a company. Raises FunnelError FNL-303, FNL-304 when it cannot be read for certain."""

    def __init__(self, folder: CompanyFolder) -> None:
        self.folder, self.landing = folder, folder.landing
        self.manifest = Manifest(self.landing)
        self.manifest.check_format()
        self.index = LedgerIndex(self.manifest)
        self.known = KnownContent(self.landing, self.index)

    def entries(self) -> list[Entry]:
        return self.manifest.entries()

    def states(self) -> list[DeliveryState]:
        return delivery_states(self.entries(), self.folder.settings.ends)

    def stage(self, delivery: Delivery) -> Staged:
        """Read a delivery's rows into temporary files. Raises what its chunks raise; FNL-308 when the disk refuses."""
        return Staged(self.index, self.known, delivery, self.folder.settings)

    def content_files(self) -> list[tuple[str, str, Path]]:
        """(source, entity, file) of every committed content file."""
        return [
            (source, entity, self.landing / source / entity / "content" / name)
            for source, entity in self.index.entities()
            for name in self.index.files(source, entity, "content")
        ]

    def is_known(self, source: str, original: Original, mapping_version: str) -> bool:
        """Need this file not be read? See arrivals.is_known."""
        return arrivals.is_known(self.index, source, original, mapping_version)

    def cursor(self, source: str) -> str | None:
        """Where the next reading of a connected source begins; None: at the beginning."""
        return cursor_of(self.states(), self.entries(), source)

    def resyncs(self, source: str) -> list[Entry]:
        """What of a connected source is to be read once more, and was not yet."""
        return resyncs_of(self.states(), self.entries(), source)

    def resync(self, source: str, entity: str | None, since: datetime | None, why: str) -> Entry:
        """Let the next reading take in again all of a connected source, or what feeds an entity, from the beginning or an instant on."""
        values = {"source": source, "entity": entity, "since": since and since.isoformat(), "why": why}
        return self.manifest.append("resync", short_id("e", "resync", source, len(self.entries())), **values)

    def refuse_file(self, refused: RefusedFile) -> None:
        """Keep the bytes and the reason of a file nobody could read. The same file under the same name is noted once a mapping."""
        arrivals.refuse_file(self.landing, self.index, refused)

    def originals(self, source: str) -> list[Original]:
        """The archived files of a source that `reparse` reads again; `path` lies in the archive, `name` is the file's own."""
        return list(arrivals.originals(self.landing, self.index, source))

    def note_mapping(self, source: str, mapping_version: str, text: bytes, sha256: str) -> None:
        """Keep a mapping's text once per version, so that its history exists."""
        if not any(entry["source"] == source and entry["mapping_version"] == mapping_version for entry in self.manifest.of_kind("mapping")):
            with disk_guard(self.landing):
                archive_text(self.landing, text, sha256)
            self.manifest.append(
                "mapping", short_id("e", source, mapping_version), source=source, mapping_version=mapping_version, sha256=sha256
            )

    def find(self, delivery_id: str) -> DeliveryState:
        """The delivery with this id or unambiguous beginning of it. Raises FNL-306 (none), FNL-313 (several)."""
        states = self.states()
        found = [state for state in states if state.id == delivery_id] or [state for state in states if state.id.startswith(delivery_id)]
        if len(found) == 1:
            return found[0]
        if found:
            raise FunnelError("FNL-313", 2, beginning=delivery_id, count=len(found), ids=", ".join(state.id for state in found[:3]))
        near = get_close_matches(delivery_id, [state.id for state in states], 1, 0)
        raise FunnelError("FNL-306", 2, delivery_id=delivery_id, count=len(states), nearest=near[0] if near else "-")

    def revoke(self, delivery_id: str, why: str) -> DeliveryState:
        """Undo a delivery, whatever its state. Raises FNL-306, FNL-313, FNL-307 (it is undone)."""
        return self._say("revoke", delivery_id, why, ("live", "held", "superseded", "ended"), "undo")

    def restore(self, delivery_id: str, why: str) -> DeliveryState:
        """End an undo. Raises FNL-306, FNL-313, FNL-307 (it is not undone)."""
        return self._say("restore", delivery_id, why, ("revoked",), "restore")

    def accept(self, delivery_id: str, why: str) -> DeliveryState:
        """End the holds shown now; a new reason may hold it again. Raises FNL-306, FNL-313, FNL-307 (it is not held)."""
        return self._say("accept", delivery_id, why, ("held",), "accept")

    def _say(self, kind: str, delivery_id: str, why: str, allowed: tuple[str, ...], action: str) -> DeliveryState:
        state = self.find(delivery_id)
        if state.state_code not in allowed:
            raise _wrong(state, allowed, action)
        codes = {"codes": sorted({reason["code"] for reason in state.reasons})} if kind == "accept" else {}
        self.manifest.append(kind, short_id("e", kind, state.id, len(self.entries())), delivery_id=state.id, why=why, **codes)
        return self.find(state.id)

    def sweep(self) -> list[str]:
        """Remove what a killed run left, finish what it began to erase. Under the lock, with nothing staged; before any model reads."""
        with disk_guard(self.landing):
            return sweep(self.landing, self.index)

    def compact(self) -> int:
        """Merge small content files; returns how many went away. No derived row changes."""
        return compact(self.landing, self.index)

    def erase(self, source: str, entity: str, record_key: str, why: str) -> list[str]:
        """Remove a record for ever, from what was delivered and what was published of it, leaving tombstones. Raises FNL-309.

        Returns the files below landing/ rewritten or removed. A source that still delivers the record brings it back.
        """
        done = erase_record(self.landing, self.index, source, entity, record_key, why)
        if entity == "opportunity":
            try:
                done += erase_record(self.landing, self.index, "publication", "published_opportunity", f"{source}:{record_key}", why)
            except FunnelError as error:
                if error.message.code != "FNL-309":
                    raise
        return done


def _wrong(state: DeliveryState, allowed: tuple[str, ...], action: str) -> FunnelError:
    entry = state.entry
    return FunnelError(
        "FNL-307", 2, delivery_id=state.id, state=state.state_code, action=action, source=entry["source"],
        date=entry["delivered_date"], allowed=", ".join(allowed),
    )  # fmt: skip
