"""The tables are a pure function of the live deliveries: order of loading, undo and repetition leave no trace.

Belongs here: whole builds compared with each other, `_loaded_at` apart. Does not: single values.
"""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.fixtures.company import AS_OF, SUNDAYS, company, deal
from tests.fixtures.dbt_run import build
from tests.fixtures.ledger import Told, write_ledger

pytestmark = pytest.mark.slow
EXTRA = Told("weekly", date(2026, 3, 18), {"opportunity": [deal("A", "聯絡", amount="1.00"), deal("GHOST", "需求")]}, name="extra.csv")
SCHEMAS = ("canonical", "snapshots", "marts")


def made(root: Path, told: list[Told]) -> Path:
    assert build(write_ledger(root, told, AS_OF), AS_OF, command="tables") == []
    return root / "warehouse.duckdb"


def differing(one: Path, other: Path, ignored: tuple[str, ...] = ()) -> list[str]:
    """Tables whose rows differ, `_loaded_at` and `ignored` columns apart."""
    connection = duckdb.connect()
    connection.execute(f"attach '{one}' as one (read_only); attach '{other}' as other (read_only)")
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'one' and list_contains(?, schema_name)", [list(SCHEMAS)]
    ).fetchall()
    assert len(tables) > 30
    faults = []
    for schema, table in tables:
        columns = connection.execute(f"select column_name from (describe one.{schema}.{table})").fetchall()
        names = ", ".join(f'"{name}"' for (name,) in columns if name not in ("_loaded_at", *ignored))
        for left, right in (("one", "other"), ("other", "one")):
            rows = connection.execute(
                f"select {names} from {left}.{schema}.{table} except all select {names} from {right}.{schema}.{table}"
            ).fetchall()
            faults += [f"{schema}.{table}: {len(rows)} rows only in {left}: {rows[0]}"] if rows else []
    return faults


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("plain"), company())


def test_a_shuffled_load_gives_the_same_tables(plain: Path, tmp_path: Path) -> None:
    assert differing(plain, made(tmp_path, company()[::-1])) == []


def test_an_undone_delivery_leaves_only_its_own_entry(plain: Path, tmp_path: Path) -> None:
    """A revoked delivery in the middle is listed among deliveries as revoked, and changes nothing else."""
    undone = Told(EXTRA.source, EXTRA.day, EXTRA.rows, name=EXTRA.name, state="revoked")
    told = company()
    faults = differing(plain, made(tmp_path, [*told[:4], undone, *told[4:]]))
    assert [fault for fault in faults if "delivery" not in fault.split(":")[0]] == []


def test_the_same_delivery_alive_is_seen(plain: Path, tmp_path: Path) -> None:
    faults = differing(plain, made(tmp_path, [*company(), EXTRA]))
    assert any(fault.startswith("canonical.opportunity_version:") for fault in faults)


def test_a_repetition_changes_no_version(plain: Path, tmp_path: Path) -> None:
    """The file of the second Sunday is delivered again on the Monday: only deliveries, when a record was last seen,
    and how long before a version it was still otherwise, know of it."""
    second = next(item for item in company() if item.source == "weekly" and item.day == SUNDAYS[1])
    again = Told("weekly", date(2026, 3, 9), second.rows, name="again.csv")
    faults = differing(
        plain,
        made(tmp_path, [*company(), again]),
        ignored=(
            "changed_not_before_at",
            "changed_not_before_date",
            "previous_delivered_at",
            "previous_delivered_date",
            "last_delivered_at",
            "last_delivered_date",
        ),
    )
    tables = {fault.split(":")[0] for fault in faults}
    assert (
        not {
            "canonical.opportunity",
            "canonical.opportunity_version",
            "canonical.record_version",
            "canonical.record_vanishing",
            "canonical.stage_change",
        }
        & tables
    )
