"""Values of a database as text, the same whichever driver brought them.

Belongs here: one value to text. Does not: parsing text (the mapping says how), or asking a database.
Instants without a zone stay without one (`2026-05-07T08:24:03`), those with one end in Z; bytes are hexadecimal; lists and objects JSON.
"""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


def text_of(value: Any) -> str | None:
    """One Python value."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat()}Z" if value.tzinfo else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=text_of)
    return str(value.total_seconds() if isinstance(value, timedelta) else value)
