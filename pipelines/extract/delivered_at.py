"""When a source said what it said, and for which scope: from a file name, a cell, a sheet's name, the mapping, or the file's arrival.

Belongs here: finding the date and the named groups. Does not: which date is live or late (landing and models).
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.extract.delivery import Original, SourceError
from pipelines.extract.mapping import Mapping
from pipelines.extract.parsers.dates import dates


@dataclass(frozen=True)
class Moment:
    """declared_date is None for a file that is dated by its arrival; `words` are the pattern's other groups (they feed the scope)."""

    declared_date: date | None
    delivered_at: datetime  # naive UTC
    words: dict[str, str] = field(default_factory=dict)


def moment_of(mapping: Mapping, original: Original, zone: ZoneInfo, sheet: str = "", cell: str | None = None) -> Moment:
    """`sheet`: the tab, where each is a delivery; `cell`: text of the cell the mapping names. Raises SourceError FNL-216."""
    how = mapping.delivered_at
    words = _groups(how.file_name, original.name) if how.file_name else _groups(how.sheet_name, sheet) if how.sheet_name else {}
    if how.arrival:
        return Moment(None, original.modified_at, words or {})
    if how.declared:
        return Moment(how.declared, last_second(how.declared, zone))
    told = cell if how.cell else (words or {}).pop("date", None)
    day = _date(told, how.format, zone)
    if day is None:
        origin = (
            f"file name against {how.file_name}"
            if how.file_name
            else f"sheet name {sheet!r} against {how.sheet_name}"
            if how.sheet_name
            else f"cell {how.cell.cell}: {cell!r}"
            if how.cell
            else ""
        )
        raise SourceError("FNL-216", file=original.name, origin=origin, format=how.format)
    return Moment(day, last_second(day, zone), words or {})


def last_second(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a business date in the company's zone, as naive UTC."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    return (midnight.astimezone(UTC) - timedelta(seconds=1)).replace(tzinfo=None)


def _groups(pattern: str | None, text: str) -> dict[str, str] | None:
    found = re.search(pattern or "", unicodedata.normalize("NFC", text))  # some systems write 週 in two parts
    return {name: value or "" for name, value in found.groupdict().items()} if found else None


def _date(text: str | None, format: str, zone: ZoneInfo) -> date | None:
    if not text:
        return None
    for formats in ([format], []):
        found = dates(pl.Series([text.strip()]), formats, str(zone)).item()
        if found:
            return date.fromisoformat(found)
    return None
