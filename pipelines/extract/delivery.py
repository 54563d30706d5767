"""What extract hands to landing: one observation of a source, as batches of canonical text.

Belongs here: the shapes that cross the border between the two rooms. Does not: reading, parsing or writing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from pipelines.messages.catalogue import FunnelError

DeliveryKind = Literal["full", "delta", "ids"]
PROBLEM_SCHEMA = {
    "_record_key": pl.String,  # NULL where the key of the row could not be read
    "_sheet": pl.String,
    "_row_number": pl.Int64,  # 1-based row of the file or sheet, as a person counts it
    "problem_code": pl.String,  # FNL-… of the message catalogue
    "column_name": pl.String,  # header as written in the source
    "raw_value": pl.String,
    "action_code": pl.String,  # refused | blanked | noted
    "raw_row": pl.String,  # JSON of every cell of the row; only where action_code = refused
}


class SourceError(FunnelError):
    """A source that cannot be read: code and values of the message. Ends that file's delivery, never the others."""


@dataclass(frozen=True)
class Original:
    """One delivered file, never changed by us. Instants are naive UTC."""

    name: str  # path relative to the inbox, with /
    path: Path
    sha256: str
    size: int
    saved_at: datetime | None  # the workbook's own saved time
    modified_at: datetime  # the file's mtime


@dataclass
class RowCounts:
    """Of one entity in one delivery: source = accepted + refused + blank + title (titles, totals, headers, filtered rows)."""

    source: int = 0
    accepted: int = 0
    refused: int = 0
    blank: int = 0
    title: int = 0


@dataclass
class Chunk:
    """A bounded slice of one entity's rows, all String but `_row_number`.

    accepted: `_record_key _sheet _row_number` + delivered canonical columns + `_attributes _extra _raw` (any may be absent).
    refused: `_record_key` (NULL when unreadable) `_sheet _row_number`.   problems: PROBLEM_SCHEMA.
    """

    entity: str
    accepted: pl.DataFrame
    refused: pl.DataFrame
    problems: pl.DataFrame
    counts: RowCounts


@dataclass
class EntityPlan:
    """What is known of an entity before its rows are read."""

    entity: str
    has_natural_key: bool  # False: `_record_key` is a content key, landing appends the occurrence number
    delivered_columns: tuple[str, ...]  # canonical columns this delivery carries; the others keep their last value
    not_a_change: tuple[str, ...] = ()  # landed, but left out of the record hash


@dataclass
class Delivery:
    """One observation of one source: entities of one extraction are committed together."""

    source: str
    source_kind: str  # file | playbook | publication | sql | odoo …
    kind: DeliveryKind
    scope: str  # what a full delivery is complete for; '' = the whole entity
    declared_date: date | None
    delivered_at: datetime  # naive UTC; for a declared date the last second of that business date
    mapping_version: str  # hash of the mapping that parsed it
    plans: list[EntityPlan]
    chunks: Callable[[], Iterator[Chunk]]  # called once; may raise extract.SourceError midway
    original: Original | None = None
    cursor: str | None = None
    holds: list[dict] = field(default_factory=list)  # reasons to hold it, each {"code": "FNL-…", **values}
    notes: list[dict] = field(default_factory=list)  # encoding seen, unknown columns … each {"code": "FNL-…", **values}
    part_number: int = 1  # of a file that is several deliveries (one a tab): which one, from 1 …
    part_count: int = 1  # … of how many; the file counts as delivered when all are there


@dataclass(frozen=True)
class RefusedFile:
    """A file that nobody could read: its bytes are archived, its reason is kept, the other files go on."""

    source: str
    original: Original
    code: str  # FNL-… of the message catalogue
    values: dict[str, Any]  # fills the message's holes

    @classmethod
    def because(cls, source: str, original: Original, error: FunnelError) -> "RefusedFile":
        return cls(source, original, error.message.code, {key: str(value) for key, value in error.message.values.items()})
