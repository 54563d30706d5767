"""The golden company's night against docs/worked_example.md: every figure of every mart, as worked out on paper.

Belongs here: which tables are compared, and which cannot be yet. Does not: the figures (tests/golden/expected) or how they came about (the page).
"""

import re

import pytest

from tests.golden.compare import EXPECTED, Sheet, differences, sheet_of
from tests.integration.conftest import ROOT, Night

pytestmark = pytest.mark.slow
PAGE = (ROOT / "docs" / "worked_example.md").read_text(encoding="utf-8")
SHEETS = [sheet_of(path) for path in sorted(EXPECTED.glob("*.csv"))]

# Figures that are on paper while the table is not built. A table listed here that exists fails the test.
TO_COME: set[str] = set()
# Rows that the tables of today give differently. A row listed here that agrees fails the test.
NOT_YET: dict[tuple[str, ...], str] = {}
# Tables whose rows no paper lists, and what proves them instead.
NOT_ON_PAPER = {
    "activity_link": "unit tests; the texts, deals and visits behind gate_result, which is on paper",
    "close_period": "the deals behind win_rate and cycle, which are on paper",
    "customer_360": "unit tests; each figure is of another table",
    "customer_timeline": "unit tests; the events of other tables in one list",
    "customer_worth": "unit tests; deals that are on paper, by customer",
    "delivery_log": "its sums are data tests; what was read is below",
    "dim_customer": "copied from canonical",
    "dim_date": "tests/unit/marts/test_dates.py",
    "dim_owner": "copied from canonical",
    "dim_period": "unit tests; used by every figure of a period",
    "dim_period_day": "unit tests; used by every figure of a period",
    "dim_product": "the company has none",
    "dim_stage": "copied from the playbook",
    "dim_stage_task": "copied from the playbook",
    "dim_team": "copied from the playbook",
    "dim_team_membership": "unit tests; used by every figure of a team",
    "dim_team_rollup": "unit tests; used by every figure of a team",
    "exchange_rate_span": "unit tests; used by every amount of D09 and D15",
    "fct_activity": "copied from canonical",
    "fct_opportunity_day": "opportunity_interval day by day; unit tests",
    "freshness": "nothing is late",
    "funnel_opportunity": "the visits of the paper in one row a deal; unit tests",
    "gate_check": "the tasks behind gate_result, which is on paper",
    "measure": "a list that the project ships",
    "measure_requirement": "a list that the project ships",
    "measure_support": "the records behind measure_availability, which is on paper",
    "neglected_customer": "unit tests; the company declares no limit",
    "opportunity_event": "the root of visits, moves and intervals, which are on paper",
    "opportunity_history": "copied from canonical",
    "period_figure": "copied from pipeline_waterfall and slippage",
    "pipeline_flow": "the waterfall's terms by holder, which are on paper summed; unit tests",
    "pipeline_span": "the root of the waterfall, which is on paper",
    "pipeline_window": "the periods of the waterfall",
    "publication_basis": "the deliveries and the code that a restatement compares",
    "quality_rule": "a list that the project ships",
    "record_change_log": "tests of the ledger's models",
    "scorecard": "team_performance, which is on paper, beside its medians; unit tests",
    "stage_evidence": "unit tests; its wins are in claimed_evidenced, which is on paper",
    "stage_visit_bound": "unit tests; used by every gate",
    "team_bottleneck": "unit tests; too few exits for a word",
    "restatement": "unit tests; nothing was published before",
}


@pytest.fixture(scope="module")
def built(golden: Night) -> set[str]:
    """Tables and views of the marts."""
    return {name for (name,) in golden.rows("select table_name from information_schema.tables where table_schema = 'marts'")}


def test_the_night_reads_every_row_and_publishes_whole(golden: Night) -> None:
    assert golden.exit_code == 0
    read = "select source_system, sum(source_row_count), sum(accepted_row_count), sum(title_row_count) from marts.delivery_log where source_kind = 'file' group by 1 order by 1"
    assert [tuple(map(lambda cell: cell if isinstance(cell, str) else int(cell), row)) for row in golden.rows(read)] == [
        ("customers", 15, 14, 1),
        ("deals", 78, 72, 6),
        ("diary", 17, 16, 1),
        ("stage_log", 17, 16, 1),
    ]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: f"{sheet.table}-{len(sheet.rows)}")
def test_a_table_says_what_was_worked_out(golden: Night, built: set[str], sheet: Sheet) -> None:
    if sheet.table in TO_COME:
        assert sheet.table not in built, f"{sheet.table} is built: take it off TO_COME, so that its {len(sheet.rows)} rows are compared"
        return
    wrong = differences(sheet, golden.rows(sheet.query))
    waiting = {key for table, *key_parts in NOT_YET for key in [tuple(key_parts)] if table == sheet.table}
    assert not waiting - set(wrong), "these rows agree now: take them off NOT_YET"
    assert not {key: cells for key, cells in wrong.items() if key not in waiting}


def test_every_mart_is_on_paper_or_says_why_not(built: set[str]) -> None:
    on_paper = {sheet.table for sheet in SHEETS}
    assert built - set(NOT_ON_PAPER) == on_paper - TO_COME
    assert not on_paper & set(NOT_ON_PAPER) and set(NOT_ON_PAPER) <= built


def test_every_deal_and_every_table_on_paper_is_on_the_page() -> None:
    assert set(re.findall(r"deals:(D\d\d)", (EXPECTED / "fct_opportunity.csv").read_text(encoding="utf-8"))) == set(
        re.findall(r"^\| (D\d\d) \| \w+, ", PAGE, re.M)
    )
    told_by_deal = {"fct_opportunity", "opportunity_gone", "opportunity_interval"}
    assert not [sheet.table for sheet in SHEETS if f"`{sheet.table}`" not in PAGE and sheet.table not in told_by_deal]
