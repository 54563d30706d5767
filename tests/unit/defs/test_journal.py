"""Logs and summaries: written, read back, judged and pruned."""

import json
from datetime import date, datetime

from pipelines.defs import journal
from pipelines.defs.outcome import NightOutcome


def write(folder, day: date, started: datetime, code: int, trigger: str = "schedule", kind: str = "night") -> NightOutcome:
    outcome = NightOutcome(day, kind=kind, trigger=trigger, exit_code=code, started_at=started.isoformat())
    with journal.open_log(folder, outcome, started) as log:
        log.write("said\n")
    journal.write_summary(outcome)
    return outcome


def test_summaries_come_newest_first_by_start_not_by_date(make_folder) -> None:
    folder = make_folder()
    write(folder, date(2026, 6, 30), datetime(2026, 7, 1, 2), 0)
    write(folder, date(2026, 6, 20), datetime(2026, 7, 1, 3), 0)
    assert [summary["as_of_date"] for summary in journal.summaries(folder)] == ["2026-06-20", "2026-06-30"]


def test_the_summary_is_versioned_json_beside_its_log(make_folder) -> None:
    outcome = write(make_folder(), date(2026, 6, 30), datetime(2026, 7, 1, 2), 3)
    assert outcome.summary_path is not None and outcome.log_path is not None
    summary = json.loads(outcome.summary_path.read_text(encoding="utf-8"))
    assert (summary["format_version"], summary["exit_code"], summary["as_of_date"]) == (1, 3, "2026-06-30")
    assert outcome.log_path.read_text(encoding="utf-8") == "said\n"


def test_a_scheduled_night_has_failed_until_some_run_publishes_its_date(make_folder) -> None:
    folder, day = make_folder(), date(2026, 6, 30)
    write(folder, day, datetime(2026, 7, 1, 2), 1)
    assert journal.failed_nights(folder) == {day}
    write(folder, day, datetime(2026, 7, 1, 9), 1, trigger="cli")  # the retry fails as well
    assert journal.failed_nights(folder) == {day}
    write(folder, day, datetime(2026, 7, 1, 10), 3, trigger="cli")
    assert journal.failed_nights(folder) == frozenset()


def test_a_failed_run_by_hand_is_no_failed_night(make_folder) -> None:
    folder = make_folder()
    write(folder, date(2026, 6, 30), datetime(2026, 7, 1, 2), 1, trigger="cli")
    assert journal.failed_nights(folder) == frozenset()


def test_last_good_night_is_a_published_night(make_folder) -> None:
    folder = make_folder()
    assert journal.last_good_night(folder) is None
    write(folder, date(2026, 6, 28), datetime(2026, 6, 29, 2), 3)
    write(folder, date(2026, 6, 1), datetime(2026, 6, 29, 3), 0, kind="past")
    write(folder, date(2026, 6, 29), datetime(2026, 6, 30, 2), 1)
    good = journal.last_good_night(folder)
    assert good is not None and good["as_of_date"] == "2026-06-28"


def test_logs_are_kept_for_the_declared_time(make_folder) -> None:
    folder = make_folder(log_keep_days=10)
    write(folder, date(2026, 6, 1), datetime(2026, 6, 1, 2, 0), 0)
    write(folder, date(2026, 6, 2), datetime(2026, 6, 2, 2, 0), 0)
    (folder.logs / "web.log").write_text("not a night's")
    gone = journal.prune_logs(folder, datetime(2026, 6, 11, 2, 0, 1))
    assert sorted(file.suffix for file in gone) == [".json", ".log"]
    assert [summary["as_of_date"] for summary in journal.summaries(folder)] == ["2026-06-02"]
    assert (folder.logs / "web.log").is_file()


def test_a_broken_summary_does_not_hide_the_others(make_folder) -> None:
    folder = make_folder()
    write(folder, date(2026, 6, 1), datetime(2026, 6, 1, 2, 0), 0)
    (folder.logs / "night_2026-06-03_20260603T020000000000.json").write_text("{")
    assert len(list(journal.summaries(folder))) == 1
