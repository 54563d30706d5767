"""The one clock. Only the edges of the program (command line, schedule, sensor) ask it; the rest is handed the instant or the date."""

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)
