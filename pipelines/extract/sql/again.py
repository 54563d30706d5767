"""Reading a query once more: from where, and where only the whole of it will do.

Belongs here: both. Does not: asking the database (connector.py).
"""

import json
from datetime import datetime

from pipelines.extract.connect.again import BEGINNING
from pipelines.extract.connect.cursor import NUMBER
from pipelines.extract.mapping import Mapping


def earlier(value: str, begin: datetime | None) -> str | None:
    """From where a query is read; None: from the beginning. A number has no date; a date alone is early enough in every zone."""
    if begin is None:
        return value
    return None if begin == BEGINNING or NUMBER.match(value) else min(value, f"{begin:%Y-%m-%d}")


def numbered(mapping: Mapping, cursor: str | None) -> set[str]:
    """The queries that a date says nothing of: without a cursor, or with one that is a number."""
    values = json.loads(cursor)["values"] if cursor else {}
    return {name for name, query in mapping.queries.items() if not query.cursor or NUMBER.match(values.get(name, ""))}
