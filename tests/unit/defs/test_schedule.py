"""The schedule's ticks as Dagster evaluates them, over both nights on which New York changes its clocks, and the dates they stand for."""

from datetime import UTC, datetime

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from pipelines.defs.triggers import schedule as module
from pipelines.defs.triggers.schedule import nightly_schedule


@pytest.fixture
def new_york(make_folder) -> dg.ScheduleDefinition:
    return nightly_schedule(make_folder(time_zone="America/New_York"))


def instants(schedule: dg.ScheduleDefinition, start: datetime, count: int) -> list[datetime]:
    ticks = schedule_execution_time_iterator(start.timestamp(), str(schedule.cron_schedule), schedule.execution_timezone)
    return [next(ticks).astimezone(UTC) for _ in range(count)]


def as_of(schedule: dg.ScheduleDefinition, tick: datetime) -> str:
    request = schedule.evaluate_tick(dg.build_schedule_context(scheduled_execution_time=tick)).run_requests[0]  # type: ignore[index]
    assert request.run_config["resources"]["night"]["config"]["trigger"] == "schedule"
    return request.run_config["resources"]["night"]["config"]["as_of_date"]


def test_spring_one_run_each_night(new_york: dg.ScheduleDefinition) -> None:
    found = instants(new_york, datetime(2026, 3, 7, 6, tzinfo=UTC), 3)
    assert found[0] == datetime(2026, 3, 7, 7, 30, tzinfo=UTC)
    assert found[1].date().isoformat() == "2026-03-08"  # 02:30 does not exist; it runs as the clock has jumped
    assert found[2] == datetime(2026, 3, 9, 6, 30, tzinfo=UTC)
    assert [as_of(new_york, tick) for tick in found] == ["2026-03-06", "2026-03-07", "2026-03-08"]


def test_autumn_one_run_each_night(new_york: dg.ScheduleDefinition) -> None:
    found = instants(new_york, datetime(2026, 10, 31, 6, tzinfo=UTC), 3)
    assert found == [
        datetime(2026, 10, 31, 6, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 7, 30, tzinfo=UTC),
        datetime(2026, 11, 2, 7, 30, tzinfo=UTC),
    ]
    assert [as_of(new_york, tick) for tick in found] == ["2026-10-30", "2026-10-31", "2026-11-01"]


def test_autumn_one_run_also_for_a_time_that_comes_twice(make_folder) -> None:
    twice = nightly_schedule(make_folder(time_zone="America/New_York", schedule="01:30"))
    found = instants(twice, datetime(2026, 10, 31, 0, tzinfo=UTC), 3)
    assert [as_of(twice, tick) for tick in found] == ["2026-10-30", "2026-10-31", "2026-11-01"]


def test_the_tick_says_the_date_not_the_moment_it_is_evaluated(make_folder) -> None:
    taipei = nightly_schedule(make_folder())
    assert as_of(taipei, datetime(2026, 6, 30, 18, 30, tzinfo=UTC)) == "2026-06-30"  # 1 July 02:30 local


def test_a_tick_before_the_published_date_is_skipped_and_says_so(make_folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_past", lambda folder, day: True)
    monkeypatch.setattr(module, "published_manifest", lambda published: {"as_of_date": "2026-07-05"})
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 6, 30, 18, 30, tzinfo=UTC))
    result = nightly_schedule(make_folder()).evaluate_tick(context)
    assert not result.run_requests
    assert "2026-07-05" in (result.skip_message or "")
