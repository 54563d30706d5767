"""Listing the keys of all records of a source, so that what is no longer there is seen.

Belongs here: when a listing is due, and which columns a mapping needs. Does not: asking any source for them.
"""

from datetime import datetime, timedelta

from pipelines.extract.mapping import Mapping
from pipelines.settings.source import Connection


def listing_is_due(connection: Connection, listed_at: str | None, now: datetime) -> bool:
    return is_due(listed_at, now, connection.list_every_days)


def is_due(last: str | None, now: datetime, days: int) -> bool:
    """A little less than a day counts as one: nights do not begin at the same second."""
    return last is None or now - datetime.fromisoformat(last) >= timedelta(days=days) - timedelta(hours=6)


def listed_columns(mapping: Mapping, name: str) -> list[str]:
    """The columns that name a record of this object, and those by which the mapping chooses records."""
    wanted: dict[str, None] = {}
    for sheet in (sheet for sheet in mapping.sheets if str(sheet.sheet) == name):
        wanted |= dict.fromkeys(sheet.skip_rows_where)
        for record in sheet.records:
            wanted |= dict.fromkeys(part for part in (*record.key, *record.where) if isinstance(part, str))
    return list(wanted)


def is_named_by_more(mapping: Mapping, name: str) -> bool:
    """Does some record of this object need more than its key columns to be named?"""
    return any(not record.has_plain_key for sheet in mapping.sheets if str(sheet.sheet) == name for record in sheet.records)


def mentioned_columns(mapping: Mapping, name: str) -> list[str]:
    """All that the mapping reads of this object: what an object that is done without must still show, empty."""
    wanted = dict.fromkeys(listed_columns(mapping, name))
    for record in (record for sheet in mapping.sheets if str(sheet.sheet) == name for record in sheet.records):
        rules = [*record.columns.values(), *(rule for group in record.groups for rule in group.values())]
        wanted |= dict.fromkeys([*(rule.headers[0] for rule in rules if rule.headers), *record.attributes, *record.not_a_change])
    return list(wanted)
