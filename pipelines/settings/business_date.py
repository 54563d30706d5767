"""Which business date an instant belongs to. The caller brings the instant: no clock is read here.

Belongs here: zone, night offset and the default as-of date. Does not: working days or fiscal periods (models).
"""

from datetime import UTC, date, datetime, timedelta

from pipelines.settings.company import Company


def business_date(instant: datetime, settings: Company) -> date:
    """Business date of a naive UTC `instant` less the night offset: 02:30 local with 06:00 offset is the day that ended."""
    local = instant.replace(tzinfo=UTC).astimezone(settings.zone).replace(tzinfo=None)
    offset = settings.night_offset
    return (local - timedelta(hours=offset.hour, minutes=offset.minute, seconds=offset.second)).date()


def default_as_of_date(settings: Company, now: datetime) -> date:
    """The date a run stands for when nobody names one: the company's fixed date, else the business date of `now` (naive UTC)."""
    return settings.as_of_date or business_date(now, settings)
