"""Which nights a schedule asked for, and which one a run stands for.

Belongs here: arithmetic on instants (naive UTC) and dates by the company's settings. Does not: Dagster, files, or reading a clock.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from pipelines.settings.business_date import default_as_of_date
from pipelines.settings.company import Company


def ticks(settings: Company, after: datetime, until: datetime) -> Iterator[datetime]:
    """The schedule's instants in (after, until]: exactly one for each calendar date of the company's zone, also where clocks change."""
    day = _local_date(after, settings) - timedelta(days=1)
    while day <= _local_date(until, settings):
        tick = datetime.combine(day, settings.schedule, tzinfo=settings.zone).astimezone(UTC).replace(tzinfo=None)
        if after < tick <= until:
            yield tick
        day += timedelta(days=1)


def last_tick(settings: Company, now: datetime) -> datetime:
    """The latest scheduled instant that is not after `now`."""
    return list(ticks(settings, now - timedelta(days=2), now))[-1]


def run_date(settings: Company, now: datetime, trigger: str, failed_nights: frozenset[date] = frozenset()) -> date:
    """The as-of date of a run that names none.

    A scheduled run stands for its tick, however late it starts; a run by hand stands for now, unless it repeats the night
    of the latest tick, which failed: then it keeps that night's date.
    """
    tick_date = default_as_of_date(settings, last_tick(settings, now))
    if trigger == "schedule" or tick_date in failed_nights:
        return tick_date
    return default_as_of_date(settings, now)


def missed_nights(settings: Company, last_good: datetime | None, now: datetime, kept: set[date]) -> list[date]:
    """As-of dates of ticks after the last good night that no run stood for; the latest tick is left out (it is running or due)."""
    if last_good is None or settings.as_of_date:
        return []
    latest = last_tick(settings, now)
    dates = [default_as_of_date(settings, tick) for tick in ticks(settings, last_good, now) if tick < latest]
    return [day for day in dates if day not in kept]


def _local_date(instant: datetime, settings: Company) -> date:
    return instant.replace(tzinfo=UTC).astimezone(settings.zone).date()
