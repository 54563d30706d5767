"""From a staged delivery to one manifest entry: the files first, the entry last.

Belongs here: the order of a commit, and what a delivery entry says. Does not: reading rows (stage.py) or deciding states (state.py).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.extract.delivery import Original
from pipelines.landing.archive import archive_file
from pipelines.landing.entity_writer import EntityWriter
from pipelines.landing.hashing import short_id
from pipelines.landing.manifest import Entry
from pipelines.landing.schema_file import ensure_schema_files
from pipelines.landing.state import delivery_states
from pipelines.landing.storage import make_folder, settle, temporary
from pipelines.messages.catalogue import FunnelError

if TYPE_CHECKING:
    from pipelines.landing.stage import Staged


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery: outcome_code landed | known | repetition | held; counts by entity."""

    delivery_id: str
    outcome_code: str
    counts: dict[str, dict[str, int]]
    holds: list[dict[str, Any]]


def commit_staged(staged: "Staged") -> Outcome:
    """Call through Staged.commit. A failure removes what it had placed; what a kill leaves is swept by the next run."""
    index, delivery = staged.index, staged.delivery
    earlier = index.delivery(staged.delivery_id)
    if earlier:
        return _known(staged, earlier)
    if len(index.manifest.entries()) > staged.staged_at:
        for writer in staged.writers.values():
            writer.leave_out(staged.known.pairs(delivery.source, writer.plan.entity))
    repeats = bool(staged.writers) and all(index.has_membership(writer.membership_id) for writer in staged.writers.values())
    if delivery.original:
        archive_file(staged.landing, delivery.original)
    placed: list[Path] = []
    try:
        parts = [_settle(staged, writer, placed) for writer in staged.writers.values()]
        index.manifest.append("delivery", staged.entry_id, **_entry(staged, parts))
    except BaseException:
        if index.delivery(staged.delivery_id) is None:
            for path in placed:
                path.unlink(missing_ok=True)
        raise
    code = "held" if staged.holds else "repetition" if repeats else "landed"
    return Outcome(staged.delivery_id, code, staged.counts, staged.holds)


def _known(staged: "Staged", earlier: Entry) -> Outcome:
    """The ledger has it. Where a later parse or a later telling took its place, it counts again, since it was told again."""
    here = {writer.plan.entity: (writer.membership_id, writer.salt) for writer in staged.writers.values()}
    there = {part["entity"]: part["membership_id"] for part in earlier["entities"]}
    if here.keys() != there.keys() or any(there[entity] != found for entity, (found, salt) in here.items() if not salt):
        name = staged.delivery.original.name if staged.delivery.original else staged.delivery.source
        raise FunnelError(
            "FNL-312", file=name, scope=staged.delivery.scope or "-", date=staged.delivered_date, delivery_id=staged.delivery_id
        )
    manifest = staged.index.manifest
    state = next(state for state in delivery_states(manifest.entries()) if state.id == staged.delivery_id)
    codes = {reason["code"] for reason in state.reasons} if state.state_code == "superseded" else set()
    if "parse" in codes or ("revision" in codes and not staged.delivery.original):
        manifest.append("again", short_id("e", "again", staged.delivery_id, len(manifest.entries())), delivery_id=staged.delivery_id)
        return Outcome(staged.delivery_id, "repetition", staged.counts, [])
    return Outcome(staged.delivery_id, "known", staged.counts, [])


def _settle(staged: "Staged", writer: EntityWriter, placed: list[Path]) -> dict[str, Any]:
    entity = writer.plan.entity
    folder = staged.landing / staged.delivery.source / entity
    ensure_schema_files(folder, entity)
    member, is_new = f"{writer.membership_id}.parquet", not staged.index.has_membership(writer.membership_id)
    content = f"{staged.entry_id}.parquet" if writer.content.has_rows else None
    if content:
        _place(writer.content.path, folder / "content" / content, placed)
    if is_new:
        _place(writer.membership_path, folder / "membership" / member, placed)
        if writer.problem_count:
            _place(writer.problem_path, folder / "problem" / member, placed)
    return {
        "entity": entity,
        "membership_id": writer.membership_id,
        "delivered_columns": list(writer.plan.delivered_columns),
        "has_natural_key": writer.plan.has_natural_key,
        "counts": staged.counts[entity],
        "unreadable_key_count": writer.unreadable_keys,
        "content_files": [content] if content else [],
        "membership_file": member,
        "problem_file": member if writer.problem_count else None,
    }


def _place(written: Path, path: Path, placed: list[Path]) -> None:
    make_folder(path.parent)
    placed += [temporary(path), path]
    written.rename(temporary(path))
    settle(temporary(path), path)


def _entry(staged: "Staged", parts: list[dict[str, Any]]) -> dict[str, Any]:
    delivery = staged.delivery
    return {
        "delivery_id": staged.delivery_id,
        "source": delivery.source,
        "source_kind": delivery.source_kind,
        "delivery_kind": delivery.kind,
        "scope": delivery.scope,
        "declared_date": delivery.declared_date and delivery.declared_date.isoformat(),
        "delivered_at": delivery.delivered_at.isoformat(),
        "delivered_date": staged.delivered_date.isoformat(),
        "cursor": delivery.cursor,
        "mapping_version": delivery.mapping_version,
        "part": {"number": delivery.part_number, "count": delivery.part_count},
        "original": original_entry(delivery.original) if delivery.original else None,
        "holds": staged.holds,
        "notes": staged.notes,
        "entities": parts,
    }


def original_entry(original: Original) -> dict[str, Any]:
    """An original as entries tell of it; instants are naive UTC ISO text."""
    return {
        "name": original.name,
        "sha256": original.sha256,
        "size": original.size,
        "saved_at": original.saved_at and original.saved_at.isoformat(),
        "modified_at": original.modified_at.isoformat(),
    }
