"""The independent computations themselves, against textbook cases and cases worked out on paper."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.independent.company import AS_OF, STAGES, Deal, Move
from tests.independent.results import base, outcome_of, periods, quantile, stays, survival, wilson
from tests.independent.visits import visits_of

WHOLE = {"owner": "E1", "amount": 1000, "currency_code": "TWD", "created_date": date(2026, 1, 1), "closed_date": None,
         "loss_reason": None, "is_deleted": False, "merged_into": None}  # fmt: skip


def seen(**rows: dict) -> dict[date, dict]:
    return {date(2026, 1, int(day[1:])): {**WHOLE, **row} for day, row in rows.items()}


def test_kaplan_and_meier_of_time_in_contact() -> None:
    """docs/worked_example.md, section 5: one is still there, and one came into view on its 51st day."""
    left = [(0, days, True) for days in (7, 8, 10, 34, 37, 39, 60.993043981)]
    curve = survival([*left, (0, 27, False), (51, 171, True)])
    assert [share for _, share in curve] == pytest.approx([7 / 8, 6 / 8, 5 / 8, 15 / 32, 10 / 32, 5 / 32, 5 / 64, 0])
    assert [quantile(curve, gone) for gone in (0.25, 0.5, 0.75)] == [8, 34, 39]


def test_a_deal_older_than_the_list_counts_from_the_list_on_unless_that_is_a_register() -> None:
    old = Deal("A", date(2025, 12, 20), False, rows=seen(d4={"stage": "contact"}, d11={"stage": "need"}))
    young = Deal("B", date(2026, 1, 6), False, rows=seen(d11={"stage": "contact"}, d18={"stage": "need"}))
    ended = Deal("C", date(2025, 12, 1), False, rows=seen(d4={"stage": "lost", "closed_date": date(2026, 1, 2)}))
    for deals, first in (([old, young], 15), ([old, young, ended], 0)):
        visits, outcomes = {deal.key: visits_of(deal) for deal in deals}, {deal.key: outcome_of(deal) for deal in deals}
        assert stays(deals, visits, outcomes)["contact"] == [(first, 22, True), (0, 12, True)]


def test_a_median_that_nobody_reached_is_none() -> None:
    assert quantile(survival([(0, 3, True), (0, 5, False), (0, 6, False)]), 0.5) is None


def test_wilson_of_five_in_eight() -> None:
    assert wilson(5, 8) == pytest.approx((0.305742395, 0.863155714))
    assert wilson(0, 4)[0] == pytest.approx(0) and wilson(4, 4)[1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("day", "rate"),
    [(date(2025, 12, 31), None), (date(2026, 2, 1), "30.50"), (date(2026, 2, 2), None), (date(2026, 2, 20), "31.25"), (AS_OF, "29.75")],
)
def test_a_rate_serves_31_days(day: date, rate: str | None) -> None:
    assert base({"amount": 100, "currency_code": "USD"}, day) == (rate and 100 * Decimal(rate))


def test_april_opens_a_fiscal_year() -> None:
    assert periods(date(2026, 3, 31)) | {"trailing_365_days": ""} == {
        "all": "all", "week": "2026-W14", "month": "2026-03", "fiscal_quarter": "FY2026-Q4", "fiscal_year": "FY2026", "trailing_365_days": "",
    }  # fmt: skip
    assert periods(date(2026, 4, 1))["fiscal_quarter"] == "FY2027-Q1"


def test_a_hand_over_told_with_the_close_belongs_to_the_one_before() -> None:
    won = {"stage": "won", "closed_date": date(2026, 1, 9)}
    rows = seen(d4={"stage": "need"}, d11={**won, "owner": "E2"}, d18={**won, "owner": "E3"})
    outcome = outcome_of(Deal("A", date(2026, 1, 1), False, rows=rows))
    assert (outcome.owner, outcome.is_uncertain, outcome.day) == ("E1", True, date(2026, 1, 9))


def test_visits_of_a_deal_that_was_gone_for_a_week_and_then_for_good() -> None:
    rows = seen(d4={"stage": "contact"}, d11={"stage": "need"}, d25={"stage": "need"})
    found = visits_of(Deal("A", date(2026, 1, 1), False, rows=rows))
    assert [(visit.stage, visit.entered.day, visit.exited and visit.exited.day, visit.ended_by, visit.is_censored) for visit in found] == [
        ("contact", 1, 11, "advanced", False),
        ("need", 11, 18, "vanished", False),
        ("need", 25, 1, "vanished", True),
    ]


def test_visits_of_a_logged_deal_that_jumps_and_is_lost() -> None:
    moves = [
        Move(datetime(2026, 1, 1, 9), None, STAGES[0]),
        Move(datetime(2026, 1, 3, 21), STAGES[0], STAGES[3]),
        Move(datetime(2026, 1, 3, 21), STAGES[3], "lost"),
    ]
    found = visits_of(Deal("A", date(2026, 1, 1), True, moves, seen(d4={"stage": "lost", "closed_date": date(2026, 1, 3)})))
    assert [(visit.stage, visit.days, visit.ended_by, visit.skipped) for visit in found] == [
        ("contact", 2.5, "advanced", ("need", "proposal")),
        ("approved", 0, "lost", ()),
    ]
