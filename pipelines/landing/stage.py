"""A delivery written but not committed: temporary files, counts, and the holds that checks may still add.

Belongs here: staging one delivery and turning it into one manifest entry. Does not: deciding holds (expectations), state (state.py).
"""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.extract.delivery import Delivery
from pipelines.landing.archive import archive_file
from pipelines.landing.entity_writer import EntityWriter, KnownRows
from pipelines.landing.hashing import short_id
from pipelines.landing.manifest import Manifest
from pipelines.landing.schema_file import ensure_schema_files
from pipelines.landing.storage import make_folder, settle, temporary
from pipelines.settings.business_date import business_date


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery: outcome_code landed | known | repetition | held; counts by entity."""

    delivery_id: str
    outcome_code: str
    counts: dict[str, dict[str, int]]
    holds: list[dict[str, Any]]


class Staged:
    """Made by Ledger.stage: every row has been read and written to temporary files; nothing is committed yet."""

    def __init__(
        self,
        landing: Path,
        manifest: Manifest,
        delivery: Delivery,
        company: Any,
        known: Callable[[str, str], pl.DataFrame],
        known_rows: KnownRows,
    ) -> None:
        self.landing, self.manifest, self.delivery, self.company = landing, manifest, delivery, company
        self.holds, self.notes = list(delivery.holds), list(delivery.notes)
        self.staged_at, self.known = len(manifest.entries()), known
        original = delivery.original
        self.entry_id = short_id(
            "e",
            delivery.source,
            self.staged_at,
            delivery.delivered_at,
            delivery.scope,
            delivery.mapping_version,
            original and (original.name, original.sha256),
        )
        self.folder = landing / "staging.tmp" / self.entry_id
        shutil.rmtree(self.folder, ignore_errors=True)
        make_folder(self.folder)
        self.writers = {
            plan.entity: EntityWriter(delivery.source, plan, self.folder, self.entry_id, known(delivery.source, plan.entity), known_rows)
            for plan in delivery.plans
        }
        try:
            for chunk in delivery.chunks():
                self.writers[chunk.entity].add(chunk)
            for writer in self.writers.values():
                writer.finish()
        except BaseException:
            self.discard()
            raise
        content = delivery.original.sha256 if delivery.original else "|".join(writer.membership_id for writer in self.writers.values())
        self.delivery_id = short_id(
            "d", delivery.source, delivery.scope, delivery.declared_date or delivery.delivered_at, content, delivery.mapping_version
        )
        self.delivered_date = delivery.declared_date or business_date(delivery.delivered_at, company)

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """entity -> source, accepted, refused, blank, title, duplicates (rows)."""
        return {entity: {**asdict(writer.counts), "duplicates": writer.duplicates} for entity, writer in self.writers.items()}

    def hold(self, code: str, **values: Any) -> None:
        self.holds.append({"code": code, **values})

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def commit(self) -> Outcome:
        """Settle the files and append the manifest entry, or nothing when the ledger has this very delivery."""
        entries = self.manifest.of_kind("delivery")
        if any(entry["delivery_id"] == self.delivery_id for entry in entries):
            self.discard()
            return Outcome(self.delivery_id, "known", self.counts, [])
        if len(self.manifest.entries()) > self.staged_at:
            for writer in self.writers.values():
                writer.leave_out(self.known(self.delivery.source, writer.plan.entity))
        committed = {part["membership_id"]: part for entry in entries for part in entry["entities"]}
        if self.delivery.original:
            archive_file(self.landing, self.delivery.original.path, self.delivery.original.sha256)
        parts = [self._settle(writer, committed) for writer in self.writers.values()]
        delivery, original = self.delivery, self.delivery.original
        self.manifest.append(
            "delivery",
            self.entry_id,
            delivery_id=self.delivery_id,
            source=delivery.source,
            source_kind=delivery.source_kind,
            delivery_kind=delivery.kind,
            scope=delivery.scope,
            declared_date=delivery.declared_date,
            delivered_at=delivery.delivered_at.isoformat(),
            delivered_date=self.delivered_date,
            cursor=delivery.cursor,
            mapping_version=delivery.mapping_version,
            original=original
            and {
                "name": original.name,
                "sha256": original.sha256,
                "size": original.size,
                "saved_at": original.saved_at and original.saved_at.isoformat(),
                "modified_at": original.modified_at.isoformat(),
            },
            holds=self.holds,
            notes=self.notes,
            entities=parts,
        )
        self.discard()
        repeats = bool(parts) and all(part["membership_id"] in committed for part in parts)
        code = "held" if self.holds else "repetition" if repeats else "landed"
        return Outcome(self.delivery_id, code, self.counts, self.holds)

    def _settle(self, writer: EntityWriter, committed: dict[str, Any]) -> dict[str, Any]:
        folder = self.landing / self.delivery.source / writer.plan.entity
        ensure_schema_files(folder, writer.plan.entity)
        content, member, problem = f"{self.entry_id}.parquet", f"{writer.membership_id}.parquet", f"{writer.membership_id}.parquet"
        if writer.has_content:
            _place(writer.content_path, folder / "content" / content)
        if writer.membership_id not in committed:
            _place(writer.membership_path, folder / "membership" / member)
            if writer.problem_count:
                _place(writer.problem_path, folder / "problem" / problem)
        return {
            "entity": writer.plan.entity,
            "membership_id": writer.membership_id,
            "delivered_columns": list(writer.plan.delivered_columns),
            "has_natural_key": writer.plan.has_natural_key,
            "counts": self.counts[writer.plan.entity],
            "unreadable_key_count": writer.unreadable_keys,
            "content_files": [content] if writer.has_content else [],
            "membership_file": member,
            "problem_file": problem if writer.problem_count else None,
        }


def _place(written: Path, path: Path) -> None:
    make_folder(path.parent)
    written.rename(temporary(path))
    settle(temporary(path), path)
