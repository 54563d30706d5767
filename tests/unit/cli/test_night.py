"""The ends of a night on the screen, from outcomes made by hand; and the age of the last good night."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.defs import journal, night
from pipelines.defs.outcome import NightOutcome, SourceOutcome
from pipelines.settings import clock
from tests.unit.cli.runner import made_company, run


def outcome(root: Path, **values: Any) -> NightOutcome:
    rows = {"source": 12, "accepted": 7, "refused": 2, "blank": 1, "title": 2, "duplicates": 0}
    return NightOutcome(
        date(2026, 6, 28), sources=[SourceOutcome("weekly", values.pop("state", "landed"), rows)], log_path=root / "night.log", **values
    )


@pytest.fixture
def root(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Path:
    return made_company(capsys, tmp_path / "c")


def night_of(monkeypatch: pytest.MonkeyPatch, made: NightOutcome) -> dict[str, Any]:
    asked: dict[str, Any] = {}

    def run_night(folder: object, as_of_date: date | None, **options: Any) -> NightOutcome:
        asked.update(options, as_of_date=as_of_date)
        return made

    monkeypatch.setattr(night, "run_night", run_night)
    monkeypatch.setattr("pipelines.publish.answer.business_answer", lambda file, language: [f"Open pipeline 5 ({language})"])
    return asked


def test_a_whole_night_ends_with_the_answer(capsys, monkeypatch, root) -> None:  # type: ignore[no-untyped-def]
    asked = night_of(monkeypatch, outcome(root, exit_code=0, published=root / "data" / "published" / "funnel.duckdb"))
    code, out, _ = run(capsys, "nightly", "--company", root)
    assert code == 0 and asked["as_of_date"] is None and asked["sources"] is None and asked["dry_run"] is False
    assert next(line for line in out.splitlines() if line.startswith("weekly")).split() == ["weekly", "landed", "7", "2", "1", "2", "0"]
    assert (
        "Open pipeline 5 (en)" in out and "FNL-633 Published whole, as of 2026-06-28." in out and "funnel.duckdb" in out and "Next:" in out
    )


def test_a_night_with_gaps_names_them(capsys, monkeypatch, root) -> None:  # type: ignore[no-untyped-def]
    held = [{"source": "weekly", "delivery_id": "d1"}]
    night_of(monkeypatch, outcome(root, exit_code=3, published=root / "f", held=held, stale=[{"source": "diary"}], state="held"))
    code, out, _ = run(capsys, "nightly", "--company", root)
    assert code == 3 and "with gaps: diary, weekly" in out


def test_a_blocked_night_says_why_and_where(capsys, monkeypatch, root) -> None:  # type: ignore[no-untyped-def]
    night_of(
        monkeypatch,
        outcome(root, exit_code=1, messages=[{"code": "FNL-104", "file": "x", "source": "weekly", "folder": "y", "problem": "gone"}] * 2),
    )
    code, out, _ = run(capsys, "nightly", "--company", root)
    assert code == 1 and out.count("FNL-104") == 1 and "FNL-637 Not published" in out and "night.log" in out


NOTICE = {"code": "FNL-240", "count": 1, "names": "inbox/x.doc", "places": "inbox", "asked": "weekly: w_*.csv", "files": ["inbox/x.doc"]}


def test_files_that_nobody_reads_are_the_last_word(capsys, monkeypatch, root) -> None:  # type: ignore[no-untyped-def]
    """Whatever else there is to say: more messages than fit must not push it off the screen."""
    many = [{"code": "FNL-657", "name": str(number), "known": "-", "nearest": "-"} for number in range(12)]
    night_of(monkeypatch, outcome(root, exit_code=0, published=root / "f", messages=many, notices=[NOTICE]))
    code, out, _ = run(capsys, "nightly", "--company", root)
    assert code == 0 and [line[:7] for line in out.splitlines() if line.startswith("FNL-")][-2:] == ["FNL-633", "FNL-240"]
    assert "inbox/x.doc" in out


def test_the_options_reach_the_night(capsys, monkeypatch, root) -> None:  # type: ignore[no-untyped-def]
    asked = night_of(monkeypatch, outcome(root, exit_code=0, kind="dry_run"))
    code, out, _ = run(
        capsys, "nightly", "--company", root, "--as-of", "2026-05-31", "--source", "diary", "--source", "customer", "--dry-run"
    )
    assert code == 0 and (asked["as_of_date"], asked["sources"], asked["dry_run"]) == (date(2026, 5, 31), ["diary", "customer"], True)
    assert "nothing was written" in out


def test_an_unknown_source_is_named_with_the_nearest(capsys, root) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run(capsys, "nightly", "--company", root, "--source", "dairy")
    assert code == 2 and "FNL-657" in err and "Did you mean diary?" in err


@pytest.mark.parametrize(("age", "code"), [("26h", 0), ("25h", 1), ("1d", 1), ("2d", 0), ("1561m", 0), ("1559m", 1)])
def test_status_fails_when_the_last_good_night_is_older(capsys, monkeypatch, root, age: str, code: int) -> None:  # type: ignore[no-untyped-def]
    made = outcome(
        root, exit_code=0, started_at="2026-06-29T02:30:00", finished_at="2026-06-29T02:31:00", published=root / "f", notices=[NOTICE]
    )
    with journal.open_log(_folder(root), made, datetime(2026, 6, 29, 2, 30)):
        journal.write_summary(made)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 6, 30, 4, 31))  # 26 hours = 1,560 minutes later
    got, out, err = run(capsys, "status", "--company", root, "--max-age", age)
    assert "inbox/x.doc" in out
    assert got == code and "FNL-641" in out and ("FNL-642" in err) == bool(code)


def test_status_asks_for_a_daemon_only_where_one_was_used(capsys, monkeypatch, root) -> None:  # type: ignore[no-untyped-def]
    """A night by timer, cron or hand leaves Dagster's folders too; it needs no daemon."""
    monkeypatch.setattr("pipelines.defs.instance.daemon_is_running", lambda folder: False)
    (root / "data" / "dagster" / "schedules").mkdir(parents=True)
    assert "FNL-643" not in run(capsys, "status", "--company", root)[1]
    (root / "data" / "logs").mkdir()
    (root / "data" / "logs" / "web.log").write_text("")
    assert "FNL-643" in run(capsys, "status", "--company", root)[1]


def test_status_before_the_first_night(capsys, root) -> None:  # type: ignore[no-untyped-def]
    assert run(capsys, "status", "--company", root)[0] == 0
    code, out, err = run(capsys, "status", "--company", root, "--max-age", "26h")
    assert code == 1 and "FNL-640" in out and "FNL-642" in err


def test_a_wrong_age_is_a_fault_of_use(capsys, root) -> None:  # type: ignore[no-untyped-def]
    assert run(capsys, "status", "--company", root, "--max-age", "soon")[0] == 2


def _folder(root: Path):  # type: ignore[no-untyped-def]
    from pipelines.settings.load import load_company

    return load_company(root)
