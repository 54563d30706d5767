"""The business date of an instant, by hand, in two zones and on a daylight-saving night."""

from datetime import date, datetime

import pytest

from pipelines.settings.business_date import business_date, default_as_of_date
from pipelines.settings.company import Company


def company(zone: str, **more: object) -> Company:
    return Company(company="c", time_zone=zone, base_currency="TWD", **more)


@pytest.mark.parametrize(
    ("instant", "zone", "expected"),
    [
        (datetime(2026, 6, 30, 18, 30), "Asia/Taipei", date(2026, 6, 30)),  # 02:30 on 1 July, local: the day that ended
        (datetime(2026, 6, 30, 22, 0), "Asia/Taipei", date(2026, 7, 1)),  # 06:00 local exactly: the new day
        (datetime(2026, 6, 30, 21, 59, 59), "Asia/Taipei", date(2026, 6, 30)),
        (datetime(2026, 3, 8, 10, 0), "America/New_York", date(2026, 3, 8)),  # 06:00 by wall clock after the spring jump
        (datetime(2026, 3, 8, 9, 59), "America/New_York", date(2026, 3, 7)),
        (datetime(2026, 11, 1, 11, 0), "America/New_York", date(2026, 11, 1)),  # 06:00 standard time
        (datetime(2026, 11, 1, 10, 59), "America/New_York", date(2026, 10, 31)),
    ],
)
def test_business_date(instant: datetime, zone: str, expected: date) -> None:
    assert business_date(instant, company(zone)) == expected


def test_a_fixed_date_wins_over_the_clock() -> None:
    assert default_as_of_date(company("UTC", as_of_date=date(2025, 12, 31)), datetime(2026, 6, 1)) == date(2025, 12, 31)


def test_without_a_fixed_date_the_clock_decides() -> None:
    assert default_as_of_date(company("UTC"), datetime(2026, 6, 1, 5, 0)) == date(2026, 5, 31)
