"""The landing border: which staged deliveries are held, and why. Expected outcomes worked out by hand."""

from datetime import date

import pytest

from expectations.landing_border import check_deliveries, check_delivery
from pipelines.landing.ledger import Ledger
from tests.unit.expectations.made import company_folder, deals

MONDAY, NEXT = date(2026, 3, 2), date(2026, 3, 9)


@pytest.fixture
def folder(tmp_path):
    return company_folder(tmp_path)


def failed(results, severity="error"):
    return {result.name: result for result in results if not result.passed and result.severity == severity}


def land(folder, delivery):
    Ledger(folder).stage(delivery).commit()


def stage(folder, delivery):
    return Ledger(folder).stage(delivery)


def test_a_first_delivery_passes_every_check(folder):
    results = check_delivery(folder, stage(folder, deals(folder, 10, MONDAY)), MONDAY)
    assert all(result.passed for result in results)
    assert {result.message_code for result in results} == {"FNL-501", "FNL-502", "FNL-503", "FNL-504", "FNL-505", "FNL-506"}


@pytest.mark.parametrize(("count", "is_held"), [(5, True), (6, False), (10, False), (30, False)])
def test_a_full_list_below_sixty_percent_is_held(folder, count, is_held):
    land(folder, deals(folder, 10, MONDAY))
    found = failed(check_delivery(folder, stage(folder, deals(folder, count, NEXT)), NEXT))
    assert ("row_count_against_history" in found) == is_held
    if is_held:
        lines = found["row_count_against_history"].message().lines()
        assert lines[0] == "FNL-501 crm: 5 records of opportunity where the last delivery held 10."
        assert found["row_count_against_history"].blocks


def test_half_a_file_saved_again_under_its_name_is_held(folder):
    land(folder, deals(folder, 10, MONDAY, name="week.xlsx"))
    assert "row_count_against_history" in failed(check_delivery(folder, stage(folder, deals(folder, 5, MONDAY, name="week.xlsx")), MONDAY))


def test_history_is_that_of_the_same_scope_and_of_earlier_dates(folder):
    land(folder, deals(folder, 100, NEXT))
    land(folder, deals(folder, 100, MONDAY, scope="rep A"))
    late = check_delivery(folder, stage(folder, deals(folder, 10, MONDAY)), NEXT)
    other_rep = check_delivery(folder, stage(folder, deals(folder, 10, NEXT, scope="rep B")), NEXT)
    assert not failed(late) and not failed(other_rep)


def test_undone_and_held_deliveries_are_no_history(folder):
    ledger = Ledger(folder)
    undone = ledger.stage(deals(folder, 100, MONDAY)).commit()
    ledger.revoke(undone.delivery_id, "wrong file")
    held = ledger.stage(deals(folder, 90, MONDAY))
    held.hold("FNL-501")
    held.commit()
    assert not failed(check_delivery(folder, stage(folder, deals(folder, 10, NEXT)), NEXT))


def test_a_delta_and_the_playbook_may_shrink(folder):
    land(folder, deals(folder, 10, MONDAY))
    land(folder, deals(folder, 10, MONDAY, source="playbook", source_kind="playbook"))
    assert not failed(check_delivery(folder, stage(folder, deals(folder, 1, NEXT, kind="delta")), NEXT))
    assert not failed(check_delivery(folder, stage(folder, deals(folder, 0, NEXT, kind="delta")), NEXT))
    assert not failed(check_delivery(folder, stage(folder, deals(folder, 1, NEXT, source="playbook", source_kind="playbook")), NEXT))


def test_nothing_accepted_of_something_is_held(folder):
    found = failed(check_delivery(folder, stage(folder, deals(folder, 0, MONDAY, unreadable=1)), MONDAY))["not_empty"]
    assert found.values["delivery_id"] in found.message().lines()[-1]


def test_a_form_nobody_has_filled_in_yet_is_no_fault_but_an_emptied_list_is(folder):
    assert not failed(check_delivery(folder, stage(folder, deals(folder, 0, MONDAY)), MONDAY))
    land(folder, deals(folder, 5, MONDAY))
    assert "not_empty" in failed(check_delivery(folder, stage(folder, deals(folder, 0, NEXT)), NEXT))


@pytest.mark.parametrize(
    ("unreadable", "errors", "warnings"),
    [
        (0, set(), set()),
        (1, set(), {"key_completeness_whole"}),
        (10, set(), {"key_completeness_whole"}),
        (11, {"key_completeness"}, {"key_completeness_whole"}),
    ],
)
def test_rows_without_a_key(folder, unreadable, errors, warnings):
    results = check_delivery(folder, stage(folder, deals(folder, 10, MONDAY, unreadable=unreadable)), MONDAY)
    assert set(failed(results)) == errors
    assert set(failed(results, "warning")) == warnings


@pytest.mark.parametrize(
    ("failed_cells", "errors", "warnings"),
    [(1, set(), set()), (2, set(), {"parse_rate_whole"}), (11, {"parse_rate"}, {"parse_rate_whole"})],
)
def test_cells_that_could_not_be_read(folder, failed_cells, errors, warnings):
    results = check_delivery(folder, stage(folder, deals(folder, 20, MONDAY, failed_amounts=failed_cells)), MONDAY)
    assert set(failed(results)) == errors
    assert set(failed(results, "warning")) == warnings
    for result in failed(results).values():
        assert result.message().lines()[0] == "FNL-504 crm: 11 of 20 cells in column 金額 could not be read."
        assert "'<b>abc</b>'" in result.message().lines()[2]


@pytest.mark.parametrize(("day", "is_held"), [(date(2026, 3, 9), False), (date(2026, 3, 10), True)])
def test_a_date_more_than_seven_days_ahead_is_held(folder, day, is_held):
    found = failed(check_delivery(folder, stage(folder, deals(folder, 10, day)), MONDAY))
    assert ("declared_date" in found) == is_held


@pytest.mark.parametrize(("created", "is_noted"), [("1949-12-31", True), ("1950-01-01", False), ("2136-01-05", True), ("no date", False)])
def test_dates_of_another_century_are_a_warning(folder, created, is_noted):
    results = check_delivery(folder, stage(folder, deals(folder, 10, MONDAY, created=created)), MONDAY)
    assert not failed(results)
    assert ("date_range" in failed(results, "warning")) == is_noted


def test_many_deliveries_are_compared_with_each_other_in_their_own_order(folder):
    """Loaded in one night, newest first: the half week is held; the week after it is compared with the last whole one."""
    weeks = [deals(folder, 11, date(2026, 3, 23)), deals(folder, 4, date(2026, 3, 16)), deals(folder, 10, NEXT), deals(folder, 10, MONDAY)]
    ledger = Ledger(folder)
    results = check_deliveries(folder, [ledger.stage(week) for week in weeks], date(2026, 3, 23))
    assert [sorted(failed(one)) for one in results] == [[], ["row_count_against_history"], [], []]


def test_every_message_fills_in_both_languages(folder):
    land(folder, deals(folder, 100, MONDAY))
    for result in check_delivery(
        folder, stage(folder, deals(folder, 7, NEXT, unreadable=9, failed_amounts=7, created="1900-01-01")), date(2026, 1, 1)
    ):
        assert not result.passed or result.name in {"not_empty", "parse_rate"}
        for language in ("en", "zh-Hant"):
            lines = result.message().lines(language)
            assert len(lines) == 4 and "None" not in " ".join(lines)
