"""The issue register of the small company in tests/fixtures/company.py: every issue it must hold, and no other.

Belongs here: rules, spans, owners and positions on whole deliveries. Does not: the rules' words (test_rule_words.py).
"""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.fixtures.company import AS_OF, company
from tests.fixtures.dbt_run import build
from tests.fixtures.ledger import Told, write_ledger

NOTED = [
    Told(f"list_{name}", AS_OF, {"product": [{"_key": name, "product_name": name}]}, notes=json.dumps([{"code": code} for code in codes]))
    for name, codes in (("tax", ["FNL-231", "FNL-234"]), ("column", ["FNL-231", "FNL-232"]), ("encoding", ["FNL-231"]))
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    root: Path = tmp_path_factory.mktemp("issues")
    write_ledger(root, [*company(), *NOTED], AS_OF, {"diary": 14})
    assert build(root, AS_OF, command="tables", select="+quality_issue") == []
    return duckdb.connect(str(root / "warehouse.duckdb"), read_only=True)


def day(month: int, number: int) -> date:
    return date(2026, month, number)


EXPECTED = {
    ("FNL-701", "weekly:E", "weekly:新人", day(3, 15), None),  # 怪階段, first in week 3
    ("FNL-703", "weekly:F", "playbook:E1", day(3, 29), None),  # 沒聽過 is in no list
    ("FNL-704", "diary:V1", "playbook:E2", day(3, 15), None),  # 雙胞 is there twice
    ("FNL-706", "weekly:新人", "weekly:新人", day(3, 22), None),  # first owned a deal in week 4
    ("FNL-709", "weekly:D", "playbook:E1", day(3, 1), None),  # the only rate is of 1 January, the close of 12 March
    ("FNL-716", "weekly:B", "playbook:E1", day(3, 15), day(3, 22)),  # away for one week
    ("FNL-716", "weekly:D", "playbook:E1", day(3, 22), None),  # lost, then gone
    ("FNL-724", "diary:W1", "playbook:E1", day(3, 9), None),
    ("FNL-725", "diary:V2", "playbook:E2", day(3, 15), None),  # deal "0"
    ("FNL-726", "weekly:A", "playbook:E1", day(3, 15), None),  # the visit of 3 March was still in the first stage
    ("FNL-726", "weekly:A", "playbook:E1", day(3, 20), None),
    ("FNL-726", "weekly:B", "playbook:E1", day(3, 29), None),
    ("FNL-726", "weekly:C", "playbook:E1", day(3, 29), None),
    ("FNL-729", "lines:Z|1", None, day(3, 8), None),
    ("FNL-733", "diary:V2", "playbook:E2", day(3, 15), None),  # 傳真 has no code
    ("FNL-734", "lines:Z|1", None, day(3, 8), None),  # deal Z was never delivered
    ("FNL-735", "playbook:untouched_days", None, day(1, 1), None),  # "two weeks" is no number
    ("FNL-721", "diary:activity:mei", None, day(3, 30), None),  # delivered on the 15th, promised within 14 days
    ("FNL-721", "diary:activity:ming", None, day(3, 30), None),
}  # fmt: skip


def test_exactly_these_issues(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        "select rule_code, record_id, owner_id, first_seen_date, last_seen_date from marts.quality_issue where rule_code not in ('FNL-710', 'FNL-723', 'FNL-727')"
    ).fetchall()
    assert set(found) == EXPECTED
    assert len(found) == len(EXPECTED)


def test_a_file_nobody_could_read_and_a_note_are_issues(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        "select rule_code, source_system, first_seen_date, _source_file from marts.quality_issue where rule_code in ('FNL-710', 'FNL-723', 'FNL-727') order by 1"
    ).fetchall()
    assert found == [  # the encoding that was detected is nothing to act on
        ("FNL-710", "list_tax", AS_OF, "list_tax_20260331.csv"),
        ("FNL-723", "weekly", day(3, 2), "broken.xlsx"),
        ("FNL-727", "list_column", AS_OF, "list_column_20260331.csv"),
    ]


def test_money_at_risk_and_position(warehouse: duckdb.DuckDBPyConnection) -> None:
    risk = "select amount_base_at_risk, _source_file, _sheet, _row_number from marts.quality_issue where rule_code = ? and record_id = ?"
    assert warehouse.execute(risk, ["FNL-703", "weekly:F"]).fetchall() == [(2_000_000, "weekly_20260329.csv", "Sheet1", 6)]
    assert warehouse.execute(risk, ["FNL-709", "weekly:D"]).fetchall()[0][0] is None
