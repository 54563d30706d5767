"""What a connector yields: extractions of a source, in batches of text under the source's own names.

Belongs here: the shapes between a connector and those who write and land what it read. Does not: any source, writing, or mapping.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import polars as pl

from pipelines.extract.connect.again import NOTHING, Again
from pipelines.extract.delivery import DeliveryKind


@dataclass(frozen=True)
class Batch:
    """Some records of one object (a table, a query, a vendor's object), all columns String, NULL where the source has none."""

    object: str
    rows: pl.DataFrame
    # A slice ends here. Its text is all that a later process needs to go on: keys of records, never a vendor's page token.
    stands: Callable[[], str] | None = None


@dataclass
class Extraction:
    """One reading of a source. Read `batches` once, to its end; then `cursor` says where the next reading begins."""

    source_kind: str
    kind: DeliveryKind  # full: all records; delta: those changed since the cursor; ids: the keys of all records
    started_at: datetime  # naive UTC
    batches: Iterator[Batch]  # at least one batch for each object; may raise FunnelError midway: then nothing of it counts
    cursor: Callable[[], str | None] = lambda: None
    notes: list[dict] = field(default_factory=list)  # {"code": "FNL-…", **values}
    slices: "Slices | None" = None


@dataclass(frozen=True)
class Slices:
    """How a full reading goes on after a kill. `cursor` is then that of the first start: what changed since is read by the next delta."""

    asked: str  # digest of what the source is asked for: objects and fields; another one begins anew
    resume: Callable[[str], None]  # called before `batches`, with what `stands` said last
    key: Callable[[str], str | None]  # of an object: the column that names a record; None: it is read whole at every start


class Connector(Protocol):
    def extractions(self, cursor: str | None, started_at: datetime, again: Again = NOTHING) -> Iterator[Extraction]:
        """What one night takes from the source: everything where there is no cursor yet, and what was asked for `again`.

        Raises FunnelError with a message that says how to mend it (connection, rights, configuration).
        """
