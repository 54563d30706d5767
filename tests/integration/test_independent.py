"""A random company's warehouse against the same measures computed in plain Python from what was told (tests/independent).

Belongs here: one ledger, one build, and the comparison table by table. Does not: how anything is computed.
"""

from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import pytest

from tests.fixtures.dbt_run import build
from tests.fixtures.ledger import write_ledger
from tests.independent.company import AS_OF, FISCAL_START, Deal, make, told
from tests.independent.results import Outcome, cohort, outcome_of, quantile, results, stays, survival, wilson
from tests.independent.visits import Visit, visits_of

pytestmark = pytest.mark.slow
SEED, COUNT = 3, 1500
MODELS = "+fct_stage_visit +win_rate +cycle +funnel_by_stage +opportunity_close +stage_visit_attribution +stage_conversion +stage_duration"


@pytest.fixture(scope="module")
def deals() -> list[Deal]:
    return make(SEED, COUNT)


@pytest.fixture(scope="module")
def visits(deals: list[Deal]) -> dict[str, list[Visit]]:
    return {deal.key: visits_of(deal) for deal in deals}


@pytest.fixture(scope="module")
def outcomes(deals: list[Deal]) -> dict[str, Outcome]:
    return {deal.key: outcome_of(deal) for deal in deals}


@pytest.fixture(scope="module")
def warehouse(deals: list[Deal], tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    root: Path = tmp_path_factory.mktemp("random")
    settings = {"fiscal_year_start_month": FISCAL_START, "minimum_rate_count": 1}
    assert build(write_ledger(root, told(deals), AS_OF), AS_OF, command="tables", select=MODELS, **settings) == []
    return duckdb.connect(str(root / "warehouse.duckdb"), read_only=True)


def key(identity: str | None) -> str | None:
    return identity.split(":", 1)[1] if identity else None


def test_the_company_holds_every_hard_case(visits: dict[str, list[Visit]], outcomes: dict[str, Outcome]) -> None:
    walked = [visit for found in visits.values() for visit in found]
    counted = {
        "zero length": sum(visit.days == 0 for visit in walked),
        "again": sum(visit.number > 1 for visit in walked),
        "skipped": sum(bool(visit.skipped) for visit in walked),
        "back": sum(visit.ended_by == "moved_back" for visit in walked),
        "cut": sum(visit.ended_by == "vanished" for visit in walked),
        "unbounded": sum(visit.is_censored for visit in walked),
        "reopened": sum(visit.stage == "won" and visit.exited is not None for visit in walked),
        "uncertain": sum(outcome.is_uncertain for outcome in outcomes.values()),
        "no reason that counts": sum(not outcome.counts for outcome in outcomes.values()),
    }
    statuses = {outcome.status for outcome in outcomes.values()}
    assert min(counted.values()) >= 5, counted
    assert statuses == {"open", "won", "lost", "vanished", "deleted", "merged"}


def test_visits(warehouse: duckdb.DuckDBPyConnection, deals: list[Deal], visits: dict[str, list[Visit]]) -> None:
    query = """select opportunity_id, visit_sequence, stage_code, visit_number, entered_date, exited_date, ended_by_code, skipped_stage_codes,
        evidence_code, is_entry_censored, visit_days from marts.fct_stage_visit order by opportunity_id, visit_sequence"""
    found: dict[str, list[Visit]] = defaultdict(list)
    for deal, *told_first, skipped, evidence, is_censored, days in warehouse.execute(query).fetchall():
        passed, length = tuple(skipped.split("|")) if skipped else (), None if days is None else float(days)
        found[key(deal)].append(Visit(key(deal), *told_first, passed, evidence, is_censored, length))
    wrong = {deal.key: (visits[deal.key], found[deal.key]) for deal in deals if visits[deal.key] != found[deal.key]}
    assert not wrong, [wrong[deal] for deal in sorted(wrong)][:1]


def test_whose_closing(warehouse: duckdb.DuckDBPyConnection, outcomes: dict[str, Outcome]) -> None:
    rows = warehouse.execute(
        "select opportunity_id, is_won, closed_date, owner_id, is_owner_uncertain from marts.opportunity_close"
    ).fetchall()
    found = {key(deal): (is_won, day, key(owner), is_uncertain) for deal, is_won, day, owner, is_uncertain in rows}
    assert found == {
        outcome.deal: (outcome.status == "won", outcome.day, outcome.owner, outcome.is_uncertain)
        for outcome in outcomes.values() if outcome.status in ("won", "lost")
    }  # fmt: skip


def test_status_and_money(warehouse: duckdb.DuckDBPyConnection, outcomes: dict[str, Outcome]) -> None:
    rows = warehouse.execute(
        "select opportunity_id, status_code, amount_base from marts.fct_opportunity where status_code <> 'merged'"
    ).fetchall()
    assert {key(deal): (status, amount) for deal, status, amount in rows} == {
        outcome.deal: (outcome.status, outcome.amount_base) for outcome in outcomes.values() if outcome.status != "merged"
    }


def test_win_rates(warehouse: duckdb.DuckDBPyConnection, outcomes: dict[str, Outcome]) -> None:
    query = """select scope_code, scope_id, period_kind_code, period_code, won_count, lost_count, lost_not_counted_count, vanished_count, won_amount_base,
        lost_amount_base, no_amount_base_count, win_rate, win_rate_low, win_rate_high, win_including_vanished_rate, win_amount_rate from marts.win_rate"""
    found = {(scope, key(owner), kind, code): measures for scope, owner, kind, code, *measures in warehouse.execute(query).fetchall()}
    expected = results(outcomes.values())
    assert expected.keys() <= found.keys()
    for cell in found:  # a chart needs the empty ones too
        counted = expected.get(cell, Counter())
        won, lost, gone = counted["won"], counted["lost"], counted["vanished"]
        counts = [
            won,
            lost,
            counted["not_counted"],
            gone,
            counted["won_cents"] / 100,
            counted["lost_cents"] / 100,
            counted["without_money"],
        ]
        low, high = wilson(won, won + lost) if won + lost else (None, None)
        money = counted["won_cents"] + counted["lost_cents"]
        rates = [
            share(won, won + lost), low, high, share(won, won + lost + gone), share(counted["won_cents"], money) if won + lost else None,
        ]  # fmt: skip
        assert list(map(number, found[cell])) == pytest.approx([*counts, *rates], abs=1e-9), cell


def test_conversion_of_all_time(warehouse: duckdb.DuckDBPyConnection, visits: dict[str, list[Visit]], outcomes: dict[str, Outcome]) -> None:
    query = """select stage_code, entered_count, advanced_count, lost_count, vanished_count, still_open_count, forward_exit_count
        from marts.stage_conversion where scope_code = 'company' and period_kind_code = 'all'"""
    names = ("entered", "advanced", "lost", "vanished", "open", "forward")
    expected = cohort([visit for walked in visits.values() for visit in walked], outcomes)
    assert {stage: counts for stage, *counts in warehouse.execute(query).fetchall()} == {
        stage: [counted[name] for name in names] for stage, counted in expected.items()
    }


def test_time_in_stage(
    warehouse: duckdb.DuckDBPyConnection, deals: list[Deal], visits: dict[str, list[Visit]], outcomes: dict[str, Outcome]
) -> None:
    query = """select stage_code, measured_count, p25_days, median_days, p75_days from marts.stage_duration
        where scope_code = 'company' and period_kind_code = 'all' and span_code = 'each'"""
    expected = {}
    for stage, spans in stays(deals, visits, outcomes).items():
        curve = survival(spans)
        expected[stage] = [len(spans), *(quantile(curve, gone) for gone in (0.25, 0.5, 0.75))]
    assert {stage: list(map(number, cells)) for stage, *cells in warehouse.execute(query).fetchall()} == expected


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def number(value: float | None) -> float | None:
    return None if value is None else float(value)
