"""Six trials: a renamed column, a week saved again, odd files and a silent rep, a deal won after midnight, a failed night, half a file."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.integration.trials import company
from tests.integration.trials.conftest import DAY
from tests.integration.trials.nights import ABOUT_DELIVERIES, Night, differing, nightly

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("trials")]
LATER = datetime(2026, 6, 14, 11, tzinfo=UTC)
HEALTHY = "select opportunity_id, status_code, stage_code, amount from marts.fct_opportunity where source_system = 'weekly' order by all"
EIGHT = [
    (f"weekly:D{number}", "open", "need_confirmed" if number < 3 else "contact_made", Decimal(number * 1000)) for number in range(1, 9)
]


def test_the_first_night_is_as_written(base: Night) -> None:
    assert base.exit_code == 0, base.said[-3000:]
    assert base.rows(HEALTHY) == EIGHT


def test_i_a_renamed_column_is_held_and_no_figure_changes(base: Night, copy_of_base: Callable[[], Path]) -> None:
    root = copy_of_base()
    renamed = tuple("目前階段" if name == "階段" else name for name in company.HEADER)
    changed = [(*row[:4], row[4] * 7, row[5]) for row in company.SECOND]
    company.week(root, "20260614", changed, LATER, renamed)
    night = nightly(root, DAY)
    assert night.exit_code == 3, night.said[-3000:]
    assert "FNL-217" in night.said and any("階段" in line and "週報_20260614.xlsx" in line for line in night.said.splitlines())
    assert [(held["name"], held["reasons"][0]["code"]) for held in night.summary["held"]] == [("週報_20260614.xlsx", "FNL-217")]
    assert differing(base, night, ABOUT_DELIVERIES) == {}
    assert night.rows(HEALTHY) == EIGHT


def test_ii_a_week_saved_again_is_one_version_here_and_elsewhere(copy_of_base: Callable[[], Path], tmp_path: Path) -> None:
    root = copy_of_base()
    mended = [(*row[:4], 3333, row[5]) if row[0] == "D3" else row for row in company.SECOND]
    path = company.week(root, "20260614", mended, LATER)
    os.utime(path, (1_700_000_000, 1_700_000_000))  # the file's own time says nothing: the workbook says when it was saved
    here = nightly(root, DAY)
    assert here.exit_code == 0, here.said[-3000:]
    versions = """select opportunity_id, valid_from_date, amount from marts.opportunity_history
        where opportunity_id in ('weekly:D1', 'weekly:D3', 'weekly:D4') order by all"""
    assert here.rows(versions) == [
        ("weekly:D1", date(2026, 6, 7), Decimal(1000)),
        ("weekly:D1", date(2026, 6, 14), Decimal(1000)),  # its stage moved
        ("weekly:D3", date(2026, 6, 7), Decimal(3000)),
        ("weekly:D3", date(2026, 6, 14), Decimal(3333)),
        ("weekly:D4", date(2026, 6, 7), Decimal(4000)),
    ]
    elsewhere = Path(shutil.copytree(root, tmp_path / "elsewhere", copy_function=shutil.copyfile))
    for number, file in enumerate(sorted(path for path in elsewhere.rglob("*") if path.is_file())):
        os.utime(file, (1_790_000_000 - number, 1_790_000_000 - number))
    for folder in (elsewhere / "data").iterdir():
        if folder.name != "landing":
            shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    there = nightly(elsewhere, DAY)
    assert there.exit_code == 0, there.said[-3000:]
    assert {source["source"]: source["state"] for source in there.summary["sources"]} == dict.fromkeys(
        ("weekly", "diary", "portal", "playbook"), "unchanged"
    )
    assert differing(here, there, set()) == {}


def test_iii_locks_system_files_and_growing_files_are_passed_over_and_said(base: Night) -> None:
    for code, name in (("FNL-235", "~$週報.xlsx"), ("FNL-235", "Thumbs.db"), ("FNL-236", "日誌_張_20260614.csv")):
        assert any(code in line and name in line for line in base.log.splitlines()), (code, name)
    assert base.rows("select distinct original_name from marts.delivery_log where source_kind = 'file' order by all") == [
        ("portal.csv",),
        ("日誌_李_20260607.csv",),
        ("日誌_王_20260607.csv",),
        ("日誌_王_20260614.csv",),
        ("週報_20260607.xlsx",),
        ("週報_20260614.xlsx",),
    ]
    assert base.rows("select count(*) from marts.fct_activity") == [(2,)]


def test_iii_the_rep_who_stops_sending_is_named(base: Night, repeated: Night) -> None:
    fresh = "select scope, last_delivered_date, is_stale from marts.freshness where source_system = 'diary' order by scope"
    columns = """select scope, last_delivered_date, stale_since_date from marts.freshness where is_stale"""
    assert base.rows(fresh) == [("李", date(2026, 6, 7), False), ("王", date(2026, 6, 14), False)]  # the seventh day: still kept
    assert repeated.rows(columns) == [("李", date(2026, 6, 7), date(2026, 6, 15))]
    assert repeated.exit_code == 3
    assert [(stale["source"], stale["scope"]) for stale in repeated.summary["stale"]] == [("diary", "李")]


def test_iv_won_after_midnight_is_open_for_the_closed_day(closed_day: Night) -> None:
    assert closed_day.exit_code == 0, closed_day.log[-3000:]
    assert closed_day.summary["as_of_date"] == DAY
    assert _of_p1(closed_day) == ("open", "negotiation", None, None)
    assert closed_day.rows("select stage_code, open_count from marts.funnel_by_stage where open_count > 0 order by all") == [
        ("contact_made", 6),
        ("need_confirmed", 2),
        ("negotiation", 1),
    ]
    assert _band(closed_day) == {"potential": 8, "negotiation": 1}
    assert closed_day.rows("select * from marts.opportunity_close") == []
    assert closed_day.rows("select coalesce(sum(won_count), 0) from marts.win_rate") == [(0,)]
    assert closed_day.rows("select count(*) from marts.fct_stage_visit where is_won_stage") == [(0,)]
    assert closed_day.rows("select distinct is_won, is_closed, closed_date from marts.opportunity_history") == [(False, False, None)]


def test_iv_won_after_midnight_is_won_the_next_day(repeated: Night) -> None:
    assert _of_p1(repeated) == ("won", "won", date(2026, 6, 15), datetime(2026, 6, 14, 17, 10))
    assert _band(repeated) == {"potential": 8, "closed": 1}  # 成交 holds the win
    assert repeated.rows("select opportunity_id, closed_date from marts.opportunity_close") == [("portal:P1", date(2026, 6, 15))]
    assert repeated.rows("select opportunity_id, entered_date from marts.fct_stage_visit where is_won_stage") == [
        ("portal:P1", date(2026, 6, 15))
    ]


def test_v_a_failed_night_run_again_at_nine_keeps_its_date(closed_day: Night, failed: Night, repeated: Night) -> None:
    assert failed.exit_code == 1 and failed.summary["as_of_date"] == "2026-06-15"
    assert failed.tables == closed_day.tables  # yesterday's file stays
    assert repeated.summary["as_of_date"] == "2026-06-15" and repeated.summary["published"]
    assert repeated.rows("select distinct as_of_date from marts.funnel_by_stage") == [(date(2026, 6, 15),)]


def test_vi_half_a_file_is_held_and_nothing_vanishes(base: Night, copy_of_base: Callable[[], Path]) -> None:
    root = copy_of_base()
    company.week(root, "20260614", company.SECOND[:4], LATER)
    night = nightly(root, DAY)
    assert night.exit_code == 3, night.said[-3000:]
    assert "FNL-501" in night.said
    assert [(held["name"], held["reasons"][0]["code"]) for held in night.summary["held"]] == [("週報_20260614.xlsx", "FNL-501")]
    assert differing(base, night, ABOUT_DELIVERIES) == {}
    assert night.rows("select count(*) from marts.vanished_record") == [(0,)]
    assert night.rows(HEALTHY) == EIGHT


def _of_p1(night: Night) -> tuple:
    (found,) = night.rows(
        "select status_code, stage_code, closed_date, closed_at from marts.fct_opportunity where opportunity_id = 'portal:P1'"
    )
    return found


def _band(night: Night) -> dict[str, int]:
    return dict(night.rows("select band_code, deal_count from marts.funnel_by_band where deal_count > 0"))
