"""The waterfall against bookkeeping: random companies, every deal, owner, team and the company, in three views, to the cent.

Belongs here: comparing. Does not: drawing companies (movement/company.py), computing (movement/bookkeeping.py), single worked cases
(the models' own unit tests).
"""

from collections import defaultdict
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from tests.fixtures.compiled import compiled_models, rows_of, run, warehouse
from tests.integration.models.movement.bookkeeping import Books, Window
from tests.integration.models.movement.company import AS_OF, DECLARED, OWNERS, PARENTS, Company, companies
from tests.integration.models.movement.tables import TABLES, tell

pytestmark = pytest.mark.slow
MODELS = ["pipeline_span", "pipeline_window", "fct_pipeline_position", "pipeline_flow", "fct_pipeline_movement", "pipeline_waterfall"]
POPULATIONS = ("all_open", "due_in_period")
SCOPES = [("company", None), *(("owner", owner) for owner in OWNERS), *(("team", team) for team in (*PARENTS, None))]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    windows = [{"code": code, "from": str(first), "to": str(last or "")} for code, (first, last) in DECLARED.items()]
    return compiled_models(tmp_path_factory.mktemp("compiled"), AS_OF, MODELS, waterfalls=windows)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return warehouse(TABLES)


def expected(books: Books, window: Window) -> tuple[dict, dict]:
    """(deal, scope, population) -> component -> (effect, count), and the sums of the scopes."""
    deals, sums = {}, defaultdict(lambda: defaultdict(lambda: [Decimal(0), 0]))
    for deal in books.timelines[window.view]:
        for scope in SCOPES:
            for population in POPULATIONS:
                seen = books.seen(window, deal, scope, population)
                for code, (amount, count) in seen.items():
                    sums[scope, population][code][0] += amount
                    sums[scope, population][code][1] += count
                deals[deal, scope, population] = {code: term for code, term in seen.items() if code not in ("start", "end", "won_amount")}
    return deals, sums


def check(models: dict[str, str], connection: duckdb.DuckDBPyConnection, company: Company) -> None:
    tell(connection, company)
    run(connection, models)
    movements: dict = defaultdict(lambda: defaultdict(dict))
    for row in rows_of(connection, "marts.fct_pipeline_movement"):
        window = (row["view_code"], row["period_kind_code"], row["period_code"])
        deal = (row["opportunity_id"], (row["scope_code"], row["scope_id"]), row["population_code"])
        movements[window][deal][row["component_code"]] = (row["change_amount_base"], row["count_change"])
    falls: dict = defaultdict(dict)
    for row in rows_of(connection, "marts.pipeline_waterfall"):
        assert (row["difference_amount_base"], row["difference_count"]) == (0, 0)
        falls[row["view_code"], row["period_kind_code"], row["period_code"]][
            (row["scope_code"], row["scope_id"]), row["population_code"]
        ] = row
    books = Books(company)
    windows = books.windows()
    assert set(movements) | set(falls) <= {(window.view, window.kind, window.code) for window in windows}
    for window in windows:
        key = (window.view, window.kind, window.code)
        deals, sums = expected(books, window)
        assert {deal: terms for deal, terms in deals.items() if terms} == movements[key]
        for cell, terms in sums.items():
            nothing = {"start_count": 0, "end_count": 0, "start_amount_base": 0, "end_amount_base": 0, "won_final_amount_base": 0}
            row = falls[key].get(cell, nothing)
            for end in ("start", "end"):
                assert (row[f"{end}_amount_base"], row[f"{end}_count"]) == tuple(terms[end]), (key, cell, end)
            assert row["won_final_amount_base"] == terms["won_amount"][0], (key, cell)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(company=companies())
def test_movements_and_waterfall_equal_the_books(models: dict[str, str], connection: duckdb.DuckDBPyConnection, company: Company) -> None:
    check(models, connection, company)
