"""What was published, as one more delivery of the ledger: source `publication`.

Belongs here: its identity, and committing the one that a killed run left behind. Does not: which rows it holds (published_rows.py), writing
the ledger (landing does), or reading past publications (models in snapshots do, strictly earlier than their own date).

Protocol: rows are fsynced with the version and staged in the ledger → swap → committed. A run first commits what the published
manifest names if the ledger lacks it. The last publication of a date counts; the same date and content append nothing.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.extract.delivery import PROBLEM_SCHEMA, Chunk, Delivery, EntityPlan, RowCounts
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.publish.published_rows import row_files
from pipelines.publish.swap import PUBLICATION, current_version, published_manifest
from pipelines.settings.company import CompanyFolder

SOURCE = "publication"
FORMAT = "1"
CHUNK_ROWS = 50_000


@dataclass(frozen=True)
class Publication:
    """Identity of one publication. `revision` counts the differing publications of one date from 0."""

    declared_date: str
    revision: int
    content_sha256: str
    row_count: int
    is_new: bool  # False: the ledger's last publication of that date has this content

    @property
    def mapping_version(self) -> str:
        return FORMAT if self.revision == 0 else f"{FORMAT}.{self.revision}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def identify(ledger: Ledger, as_of_date: date, content_sha256: str, row_count: int) -> Publication:
    """Which publication of its date this content is, by what the ledger holds."""
    earlier = _committed(ledger, as_of_date.isoformat())
    same = bool(earlier) and earlier[-1]["cursor"] == content_sha256 and not _is_revoked(ledger, earlier[-1]["delivery_id"])
    revision = len(earlier) - 1 if same else len(earlier)
    return Publication(as_of_date.isoformat(), revision, content_sha256, row_count, is_new=not same)


def delivery(publication: Publication, version: Path, zone: ZoneInfo) -> Delivery:
    """A full delivery of a version's rows. Later revisions of a date are delivered microseconds later, so that the last one counts."""
    day = date.fromisoformat(publication.declared_date)
    last_second = datetime.combine(day, time(23, 59, 59), zone).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
    files = row_files(version)
    return Delivery(
        source=SOURCE,
        source_kind=SOURCE,
        kind="full",
        scope="",
        declared_date=day,
        delivered_at=last_second + timedelta(microseconds=publication.revision),
        mapping_version=publication.mapping_version,
        plans=[EntityPlan(entity, has_natural_key=True, delivered_columns=_columns(rows)) for entity, rows in files.items()],
        chunks=lambda: (chunk for entity, rows in files.items() for chunk in _chunks(entity, rows)),
        cursor=publication.content_sha256,
    )


def commit_pending(folder: CompanyFolder) -> str | None:
    """Commit what is published if the ledger lacks it: a run was killed after the swap. Its delivery id; None when nothing was due.

    Call under the company's lock, before anything is landed. Raises FunnelError FNL-528 when its rows are gone.
    """
    content = published_manifest(folder.published)
    version = current_version(folder.published)
    if not content or not version or not content.get("publication"):
        return None
    publication = Publication(**content["publication"])
    ledger = Ledger(folder)
    if any(entry["mapping_version"] == publication.mapping_version for entry in _committed(ledger, publication.declared_date)):
        return None
    if not (version / PUBLICATION).is_file():
        raise FunnelError("FNL-528", path=version / PUBLICATION, date=publication.declared_date)
    return ledger.stage(delivery(publication, version, folder.settings.zone)).commit().delivery_id


def _committed(ledger: Ledger, declared_date: str) -> list[dict[str, Any]]:
    return [
        entry
        for entry in ledger.entries()
        if entry["kind"] == "delivery" and entry["source"] == SOURCE and str(entry["declared_date"]) == declared_date
    ]


def _is_revoked(ledger: Ledger, delivery_id: str) -> bool:
    kinds = [entry["kind"] for entry in ledger.entries() if entry["kind"] in {"revoke", "restore"} and entry["delivery_id"] == delivery_id]
    return bool(kinds) and kinds[-1] == "revoke"


def _columns(rows: Path) -> tuple[str, ...]:
    return tuple(name for name in pl.read_parquet_schema(rows) if name != "_record_key")


def _chunks(entity: str, rows: Path) -> Iterator[Chunk]:
    frame = pl.scan_parquet(rows)
    total = frame.select(pl.len()).collect().item()
    nothing = pl.DataFrame(schema={"_record_key": pl.String, "_sheet": pl.String, "_row_number": pl.Int64})
    for start in range(0, max(total, 1), CHUNK_ROWS):
        part = frame.slice(start, CHUNK_ROWS).collect()
        numbered = part.with_columns(
            pl.lit(None, pl.String).alias("_sheet"), pl.int_range(start + 1, start + 1 + part.height, dtype=pl.Int64).alias("_row_number")
        )
        yield Chunk(entity, numbered, nothing, pl.DataFrame(schema=PROBLEM_SCHEMA), RowCounts(source=part.height, accepted=part.height))
