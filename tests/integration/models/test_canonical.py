"""Canonical records: references, people, codes, stage sets, attributes, personal data; values worked out by hand from tests/fixtures/company.py.

Belongs here: what becomes of what a source wrote. Does not: versions (test_ledger_models.py) or moves (test_stage_changes.py).
"""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.fixtures.company import AS_OF, company, deal, playbook
from tests.fixtures.dbt_run import build
from tests.fixtures.ledger import Told, write_ledger


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = tmp_path_factory.mktemp("canonical")
    assert build(write_ledger(root, company(), AS_OF), AS_OF) == []  # data and unit tests included
    return root


@pytest.fixture(scope="module")
def warehouse(root: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(root / "warehouse.duckdb"), read_only=True)


def test_no_model_compares_every_row_with_every_row(root: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    """An outer join with a condition on its left side alone has no hash join on DuckDB: 100,000 names against 100,000 took 17 s."""
    models = root / "target_duckdb" / "compiled" / "funnel" / "models"
    compiled = {str(file.relative_to(models)): file for file in models.rglob("*.sql")}  # inputs of unit tests are named like models
    assert len(compiled) > 100
    plans = {name: str(warehouse.execute(f"explain {file.read_text(encoding='utf-8')}").fetchall()) for name, file in compiled.items()}
    assert [name for name, plan in plans.items() if "BLOCKWISE" in plan] == []


CASES = {
    "a name matches by its key, an unknown one makes a stub": (
        "select source_record_id, customer_id from canonical.opportunity where source_record_id in ('A', 'F') order by 1",
        [("A", "customers:C1"), ("F", "customers:~沒聽過")],
    ),
    "stubs are customers too": ("select customer_id, customer_name from canonical.customer where is_stub", [("customers:~沒聽過", "沒聽過")]),
    "two customers of one name: none, and an issue": (
        "select reason_code, candidate_count from canonical.resolution where record_id = 'diary:V1' and field_name = 'customer'", [("ambiguous", 2)]),
    "a deal nobody knows: none, and an issue": (
        "select a.opportunity_id, r.reason_code from canonical.activity a join canonical.resolution r on a.activity_id = r.record_id and r.field_name = 'opportunity'",
        [(None, "unresolved")],
    ),
    "aliases, of any source or of one; an unmapped name is its own owner": (
        "select distinct owner_id from (select owner_id from canonical.activity union select owner_id from canonical.opportunity) order by 1",
        [("playbook:E1",), ("playbook:E2",), ("weekly:新人",)],
    ),
    "a listed user is the person of that name, else an owner of its own": (
        "select (select owner_id from canonical.lead), (select owner_id from canonical.contact)", [("playbook:E1", "users:U9")]),
    "who has left is not active": ("select owner_id, is_active from canonical.owner where is_mapped order by 1", [("playbook:E1", True), ("playbook:E2", False)]),
    "the first rule that holds chooses the stage set": (
        "select source_record_id, stage_set_code, stage_set_rule_code from canonical.opportunity where source_record_id in ('A', 'F') order by 1",
        [("A", "standard", "default"), ("F", "long", "big")],
    ),
    "an unknown stage keeps its name and is an issue": (
        "select source_stage_name, stage_code, is_closed from canonical.opportunity where source_record_id = 'E'", [("怪階段", None, False)]),
    "lost and won come from the stage": (
        "select source_record_id, is_closed, is_won, is_lost, closed_date from canonical.opportunity where is_closed order by 1",
        [("A", True, True, False, date(2026, 3, 20)), ("D", True, False, True, date(2026, 3, 12))],
    ),
    "a vanished deal keeps its last content": (
        "select is_vanished, vanished_date, last_delivered_date, loss_reason_code from canonical.opportunity where source_record_id = 'D'",
        [(True, date(2026, 3, 22), date(2026, 3, 15), "price")],
    ),
    "codes by the map, by themselves, else other": (
        "select source_activity_type, activity_type_code from canonical.activity order by activity_id", [("拜訪", "visit"), ("傳真", "other"), ("call", "call")]),
    "00:30 in Taipei is the next day": (
        "select occurred_date from canonical.activity where activity_id = 'diary:V2'", [(date(2026, 3, 5),)]),
    "attributes are typed": (
        "select attribute_name, value_text, value_number from canonical.customer_attribute order by value_number nulls last", [("預算", "300", 300), ("產業別", "電機", None)]),
    "personal data stay out unless allowed": (
        "select count(*), count(phone) from canonical.customer where customer_id = 'customers:C1'", [(1, 0)]),
    "product names match by key": ("select opportunity_line_id, product_id from canonical.opportunity_line order by 1", [("lines:A|1", "products:PX"), ("lines:Z|1", "products:~不明")]),
    "teams are found by name": ("select team_id, owner_id from canonical.team_membership", [("playbook:north", "playbook:E1")]),
    "publications strictly before the as-of date": ("select published_date, opportunity_id, is_won from snapshots.opportunity_as_published", [(date(2026, 3, 30), "weekly:A", True)]),
    "a publication of an older program kept no figures: nothing is restated": ("select count(*) from marts.restatement", [(0,)]),
    "nor the status of its deals: told by won, closed and vanished": ("select status_code from marts.pipeline_span where view_code = 'as_published'", [("won",)]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_canonical(warehouse: duckdb.DuckDBPyConnection, case: str) -> None:
    query, expected = CASES[case]
    assert warehouse.execute(query).fetchall() == expected


@pytest.mark.parametrize(
    ("as_of", "name"), [(date(2026, 1, 1), "Contact"), (date(2026, 3, 9), "Contact"), (date(2026, 3, 10), "First contact")]
)
def test_the_playbook_in_force(tmp_path: Path, as_of: date, name: str) -> None:
    """The latest due counts, whole; before the first, the first does."""
    later = playbook(date(2026, 3, 10))
    later.rows = {
        **later.rows,
        "stage": [{**row, "stage_name_en": "First contact"} if row["stage_code"] == "contact" else row for row in later.rows["stage"]],
    }
    told = [playbook(date(2026, 2, 1)), later, Told("weekly", date(2026, 1, 1), {"opportunity": [deal("A", "聯絡")]})]
    assert build(write_ledger(tmp_path, told, as_of), as_of, command="tables", select="+stage +opportunity", personal_data=True) == []
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select distinct stage_name_en from canonical.stage where stage_code = 'contact'").fetchall() == [(name,)]
        assert connection.execute("select stage_code from canonical.opportunity").fetchall() == [("contact",)]


def test_personal_data_are_there_when_allowed(tmp_path: Path) -> None:
    assert build(write_ledger(tmp_path, company(), AS_OF), AS_OF, command="tables", select="+customer", personal_data=True) == []
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select phone from canonical.customer where customer_id = 'customers:C1'").fetchall() == [
            ("+886212345678",)
        ]
