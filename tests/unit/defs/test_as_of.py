"""Which night a run stands for: by hand, in two zones, with the clocks changed, with failed and missed nights."""

from datetime import date, datetime

from pipelines.defs.as_of import last_tick, missed_nights, run_date, ticks
from pipelines.settings.company import Company


def company(zone: str = "Asia/Taipei", **more: object) -> Company:
    return Company.model_validate({"company": "c", "time_zone": zone, "base_currency": "TWD", **more})


def test_one_tick_a_day_at_0230_in_taipei() -> None:
    # 02:30 in Taipei (UTC+8) is 18:30 UTC of the day before
    found = list(ticks(company(), datetime(2026, 6, 28, 18, 30), datetime(2026, 6, 30, 18, 30)))
    assert found == [datetime(2026, 6, 29, 18, 30), datetime(2026, 6, 30, 18, 30)]


def test_new_york_has_one_tick_on_the_night_that_loses_an_hour() -> None:
    # 8 March 2026: 02:30 does not exist; 7 March is UTC-5 (07:30), 9 March UTC-4 (06:30)
    found = list(ticks(company("America/New_York"), datetime(2026, 3, 7, 0, 0), datetime(2026, 3, 9, 12, 0)))
    assert [tick.day for tick in found] == [7, 8, 9]
    assert found[0] == datetime(2026, 3, 7, 7, 30)
    assert found[2] == datetime(2026, 3, 9, 6, 30)


def test_new_york_has_one_tick_on_the_night_that_gains_an_hour_also_inside_it() -> None:
    # 1 November 2026: 01:30 comes twice
    for schedule in ("02:30", "01:30"):
        found = list(ticks(company("America/New_York", schedule=schedule), datetime(2026, 10, 31, 0, 0), datetime(2026, 11, 2, 12, 0)))
        assert [tick.day for tick in found] == [31, 1, 2], schedule


def test_the_scheduled_run_stands_for_its_tick_however_late_it_starts() -> None:
    nine_in_taipei = datetime(2026, 7, 1, 1, 0)  # 1 July 09:00 local; its tick was 02:30, which belongs to 30 June
    assert run_date(company(), nine_in_taipei, "schedule") == date(2026, 6, 30)


def test_a_run_by_hand_stands_for_now() -> None:
    assert run_date(company(), datetime(2026, 7, 1, 1, 0), "cli") == date(2026, 7, 1)


def test_a_run_by_hand_after_a_failed_night_keeps_that_nights_date() -> None:
    failed = frozenset({date(2026, 6, 30)})
    assert run_date(company(), datetime(2026, 7, 1, 1, 0), "cli", failed) == date(2026, 6, 30)
    # a day later the failed night is no longer the latest one
    assert run_date(company(), datetime(2026, 7, 2, 1, 0), "cli", failed) == date(2026, 7, 2)


def test_a_fixed_date_wins() -> None:
    settings = company(as_of_date="2026-06-28")
    assert run_date(settings, datetime(2030, 1, 1), "schedule") == date(2026, 6, 28)
    assert run_date(settings, datetime(2030, 1, 1), "cli") == date(2026, 6, 28)


def test_the_latest_tick_is_not_in_the_future() -> None:
    assert last_tick(company(), datetime(2026, 6, 30, 18, 29)) == datetime(2026, 6, 29, 18, 30)
    assert last_tick(company(), datetime(2026, 6, 30, 18, 30)) == datetime(2026, 6, 30, 18, 30)


def test_nights_without_a_run_are_listed() -> None:
    # good on 27 June 02:40 local (date 26 June); nothing until 1 July 09:00; a run for 28 June was made by hand
    good, now = datetime(2026, 6, 26, 18, 40), datetime(2026, 7, 1, 1, 0)
    assert missed_nights(company(), good, now, {date(2026, 6, 28)}) == [date(2026, 6, 27), date(2026, 6, 29)]
    assert missed_nights(company(), None, now, set()) == []  # a first night has missed nothing
    assert missed_nights(company(as_of_date="2026-06-28"), good, now, set()) == []
