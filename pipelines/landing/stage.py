"""A delivery written but not committed: temporary files, counts, and the holds that checks may still add.

Belongs here: reading a delivery's rows into temporary files. Does not: committing them (commit.py), deciding holds (expectations) or state.
"""

import shutil
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from pipelines.extract.delivery import Delivery
from pipelines.landing.commit import Outcome, commit_staged
from pipelines.landing.entity_writer import EntityWriter
from pipelines.landing.hashing import short_id
from pipelines.landing.index import LedgerIndex
from pipelines.landing.known_content import KnownContent
from pipelines.landing.storage import disk_guard, make_folder
from pipelines.settings.business_date import business_date
from pipelines.settings.company import Company


class Staged:
    """Made by Ledger.stage: every row has been read and written to temporary files; nothing is committed yet."""

    def __init__(self, index: LedgerIndex, known: KnownContent, delivery: Delivery, settings: Company) -> None:
        self.index, self.known, self.delivery = index, known, delivery
        self.landing = known.landing
        self.holds, self.notes = list(delivery.holds), list(delivery.notes)
        self.staged_at = len(index.manifest.entries())
        self.entry_id, self.folder = self._place()
        self.writers: dict[str, EntityWriter] = {}
        try:
            with disk_guard(self.landing):
                make_folder(self.folder)
                self.writers |= {plan.entity: self._writer(plan) for plan in delivery.plans}
                for chunk in delivery.chunks():
                    self.writers[chunk.entity].add(chunk)
                for writer in self.writers.values():
                    writer.finish()
        except BaseException:
            self.discard()
            raise
        content = delivery.original.sha256 if delivery.original else "|".join(writer.membership_id for writer in self.writers.values())
        moment = delivery.declared_date or delivery.delivered_at
        self.delivery_id = short_id("d", delivery.source, delivery.scope, moment, content, delivery.mapping_version)
        self.delivered_date = delivery.declared_date or business_date(delivery.delivered_at, settings)

    def _place(self) -> tuple[str, Any]:
        """An entry id that nothing committed or staged has, and its folder."""
        delivery, attempt = self.delivery, 0
        moment = (delivery.source, delivery.scope, delivery.delivered_at, delivery.mapping_version, delivery.part_number)
        while True:
            entry_id = short_id("e", self.staged_at, attempt, *moment, delivery.original and delivery.original.sha256)
            folder = self.landing / "staging.tmp" / entry_id
            if not folder.exists():
                return entry_id, folder
            attempt += 1

    def _writer(self, plan: Any) -> EntityWriter:
        source, entity = self.delivery.source, plan.entity
        return EntityWriter(
            source, plan, self.folder, self.entry_id, self.known.pairs(source, entity), lambda keys: self.known.rows(source, entity, keys),
            is_listing=self.delivery.kind == "ids", salt=self.index.erasures(source, entity),
        )  # fmt: skip

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """entity -> source, accepted, refused, blank, title (rows of the source), duplicates (records)."""
        return {entity: {**asdict(writer.counts), "duplicates": writer.duplicates} for entity, writer in self.writers.items()}

    @property
    def membership_paths(self) -> dict[str, Any]:
        """entity -> the temporary membership file, for checks at the landing border."""
        return {entity: writer.membership_path for entity, writer in self.writers.items()}

    @property
    def content_paths(self) -> dict[str, Any]:
        """entity -> the temporary file of its new contents; absent where the ledger has them all."""
        return {entity: writer.content.path for entity, writer in self.writers.items() if writer.content.has_rows}

    def hold(self, code: str, **values: Any) -> None:
        self.holds.append({"code": code, **values})

    def discard(self) -> None:
        """Remove the temporary files; nothing of the delivery remains."""
        for writer in self.writers.values():
            with suppress(OSError):
                writer.content.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def commit(self) -> Outcome:
        """Settle the files and append the manifest entry, or nothing when the ledger has this very delivery.

        Raises FunnelError FNL-308 (disk; the ledger is as it was), FNL-311 (the file changed meanwhile), FNL-312 (another content
        under the same delivery id).
        """
        try:
            with disk_guard(self.landing):
                return commit_staged(self)
        finally:
            self.discard()
