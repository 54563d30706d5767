"""Values of a cursor column, kept as text between nights.

Belongs here: which is greater, and how far to go back. Does not: which column is one (the mapping or the vendor says).
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

NUMBER = re.compile(r"^-?[0-9]+$")


def latest(values: Iterable[str | None]) -> str | None:
    """The greatest: numbers as numbers, anything else (instants in one form) as text; None when there is none."""
    known = [value for value in values if value is not None]
    if known and all(NUMBER.match(value) for value in known):
        return max(known, key=int)
    return max(known, default=None)


def moved_back(value: str, minutes: int) -> str:
    """An instant so many minutes earlier, since clocks differ and transactions commit late; a number stays: it has no clock."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if NUMBER.match(value):
        return value
    earlier = (moment - timedelta(minutes=minutes)).isoformat(sep=" ")
    return earlier.replace("+00:00", "Z") if value.endswith("Z") else earlier
