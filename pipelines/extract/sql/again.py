"""Reading a query once more: from where, and where only the whole of it will do.

Belongs here: both. Does not: asking the database (connector.py).
"""

import json
import re
from datetime import datetime

from pipelines.extract.connect.again import BEGINNING
from pipelines.extract.mapping import Mapping

TIMELESS = re.compile(r"^(-?[0-9]+|0x[0-9A-F]+)$")  # a number, or SQL Server's row version


def earlier(value: str, begin: datetime | None) -> str | None:
    """From where a query is read; None: from the beginning. A number or a row version has none; a date is early enough in every zone."""
    if begin is None:
        return value
    return None if begin == BEGINNING or TIMELESS.match(value) else min(value, f"{begin:%Y-%m-%d}")


def numbered(mapping: Mapping, cursor: str | None) -> set[str]:
    """The queries that a date says nothing of: without a cursor, or with one that has none."""
    values = json.loads(cursor)["values"] if cursor else {}
    return {name for name, query in mapping.queries.items() if not query.cursor or TIMELESS.match(values.get(name, ""))}
