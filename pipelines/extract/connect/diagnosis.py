"""What a source shows when it is asked as little as can be: the shape of that, and what the kinds share in finding it.

Belongs here: shapes, clocks, columns that a mapping misses. Does not: asking (diagnosis.py of each kind), or showing it (cli).
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pipelines.extract.connect.access import Access
from pipelines.extract.mapping import Mapping
from pipelines.messages.catalogue import FunnelError, Message

NOT_REACHED = ("FNL-104", "FNL-108", "FNL-250", "FNL-251", "FNL-253", "FNL-255", "FNL-258")
Clock = Callable[[], datetime]  # naive UTC


@dataclass(frozen=True)
class Sight:
    """One object (a table, a model, files) as this user sees it. `records` None: not counted, or not to be seen."""

    object: str
    entities: tuple[str, ...]
    records: int | None


@dataclass
class Diagnosis:
    """`faults` must be mended before a night reads this source whole; `notes` are told, and the night goes on."""

    place: str
    user: str | None = None  # as whom we are signed in; None: we are not
    objects: list[Sight] = field(default_factory=list)
    calls: int | None = None  # what a night without changes takes, about
    left: int | None = None  # calls that the vendor still allows today …
    limit: int | None = None  # … of so many
    skew: float | None = None  # seconds that the server's clock is ahead of ours
    faults: list[Message] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)

    @property
    def is_reached(self) -> bool:
        return not any(message.code in NOT_REACHED for message in self.faults)

    @contextmanager
    def told(self) -> Iterator[None]:
        """A refusal becomes a fault, and what comes after goes on."""
        try:
            yield
        except FunnelError as error:
            self.faults.append(error.message)

    def see(self, mapping: Mapping, name: str, records: int | None, made: Collection[str] = ()) -> None:
        """`made`: objects that the connector makes of this one."""
        sheets = (sheet for sheet in mapping.sheets if str(sheet.sheet) in (name, *made))
        self.objects.append(Sight(name, tuple(dict.fromkeys(record.entity for sheet in sheets for record in sheet.records)), records))

    def compare(self, access: Access, mapping: Mapping, name: str, columns: Collection[str]) -> None:
        """A fault (FNL-280) for what the mapping reads of this object and the user does not see."""
        if lacking := missing_columns(mapping, name, columns):
            self.faults.append(access.refused("FNL-280", "-", query=f"{name}: {', '.join(lacking)}").message)

    def tell_time(self, access: Access, stated: datetime, before: datetime, after: datetime) -> None:
        """What the server's clock said (naive UTC) between two looks at ours. More than the overlap is a fault (FNL-281)."""
        self.skew = round((stated - before - (after - before) / 2).total_seconds(), 1)
        if abs(self.skew) > access.connection.overlap_minutes * 60:
            why = f"{self.skew:+.0f} s; overlap_minutes: {access.connection.overlap_minutes}"
            self.faults.append(access.refused("FNL-281", why).message)


def date_told(header: str | None) -> datetime | None:
    """Of an HTTP Date header, which has whole seconds: on the average half of one has passed since."""
    if not header:
        return None
    return parsedate_to_datetime(header).astimezone(UTC).replace(tzinfo=None, microsecond=500_000)


def missing_columns(mapping: Mapping, name: str, columns: Collection[str]) -> list[str]:
    """What the mapping cannot do without, and is not there: a delivery without it is held."""
    asked: list[list[str]] = []
    for sheet in (sheet for sheet in mapping.sheets if str(sheet.sheet) == name):
        for record in sheet.records:
            rules = [*record.columns.values(), *(rule for group in record.groups for rule in group.values())]
            keys = [[part] if isinstance(part, str) else part for part in record.key]
            asked += [*keys, *([column] for column in (*record.where, *record.attributes))]
            asked += [rule.headers for rule in rules if rule.headers and not rule.optional]
    return list(dict.fromkeys(" / ".join(headers) for headers in asked if not set(headers) & set(columns)))


def pages(records: int | None, size: int) -> int:
    return -(-(records or 0) // size)
