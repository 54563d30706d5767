"""Files as the ledger knows them: which were delivered already, which nobody could read, which can be read again.

Belongs here: the questions extract asks before reading a file. Does not: reading it, or committing what it says.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pipelines.extract.delivery import Original, RefusedFile
from pipelines.landing.archive import archive_file, archived_path
from pipelines.landing.commit import original_entry
from pipelines.landing.hashing import short_id
from pipelines.landing.index import LedgerIndex
from pipelines.landing.manifest import Entry
from pipelines.landing.state import delivery_states
from pipelines.landing.storage import disk_guard


def is_known(index: LedgerIndex, source: str, original: Original, mapping_version: str) -> bool:
    """Has this file been delivered as it is, all its parts? Dated files: ever. Undated ones: last under this name.

    A file nobody could read is tried again when the mapping has changed; one that was read needs `reparse` for that.
    """
    told = index.told_of(source, original.name)
    same = [entry for entry in told if entry["original"]["sha256"] == original.sha256]
    if not same:
        return False
    if same[-1]["kind"] == "refused_file":
        return not _has_mapping_since(index, same[-1])
    delivered = [entry for entry in same if entry["kind"] == "delivery"]
    if not any(_is_whole([entry for entry in delivered if entry["mapping_version"] == part["mapping_version"]]) for part in delivered):
        return False
    return any(entry["declared_date"] for entry in delivered) or told[-1]["original"]["sha256"] == original.sha256


def _is_whole(parts: list[Entry]) -> bool:
    return {entry["part"]["number"] for entry in parts} >= set(range(1, parts[0]["part"]["count"] + 1))


def _has_mapping_since(index: LedgerIndex, entry: Entry) -> bool:
    latest = index.latest_mapping(entry["source"])
    return latest is not None and latest["sequence"] > entry["sequence"]


def refuse_file(landing: Path, index: LedgerIndex, refused: RefusedFile) -> None:
    """Keep the bytes and the reason of a file nobody could read; the same file under the same name and mapping is noted once."""
    original = refused.original
    told = [entry for entry in index.told_of(refused.source, original.name) if entry["original"]["sha256"] == original.sha256]
    if told and told[-1]["kind"] == "refused_file" and not _has_mapping_since(index, told[-1]):
        return
    with disk_guard(landing):
        archive_file(landing, original)
        index.manifest.append(
            "refused_file",
            short_id("e", refused.source, original.name, original.sha256, len(index.manifest.entries())),
            source=refused.source,
            code=refused.code,
            values=refused.values,
            original=original_entry(original),
        )


def originals(landing: Path, index: LedgerIndex, source: str) -> Iterator[Original]:
    """Each archived file of a source, once per name and content, in order of arrival, its path in the archive.

    Left out: files whose every delivery was undone (reading them again would bring them back) and those that an erasure removed.
    """
    undone: set[tuple[str, str]] = set()
    standing: set[tuple[str, str]] = set()
    for state in delivery_states(index.manifest.entries()):
        if state.entry["source"] == source and state.name:
            (undone if state.state_code == "revoked" else standing).add((state.name, state.entry["original"]["sha256"]))
    told = [entry for entry in index.manifest.entries() if entry["kind"] in ("delivery", "refused_file") and entry["source"] == source]
    seen = {(entry["original"]["name"], entry["original"]["sha256"]): entry["original"] for entry in told if entry["original"]}
    for (name, sha256), kept in seen.items():
        path = archived_path(landing, sha256)
        if path.is_file() and (name, sha256) not in undone - standing:
            saved_at = kept["saved_at"] and datetime.fromisoformat(kept["saved_at"])
            yield Original(name, path, sha256, kept["size"], saved_at, datetime.fromisoformat(kept["modified_at"]))
