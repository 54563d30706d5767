"""Presence, versions, vanishings and counts, derived by the models from memberships: each case a source of its own, worked out by hand.

Belongs here: what docs/ledger.md promises of live deliveries. Does not: canonical meaning (test_canonical.py).
Days are March 2026; `a` to `e` are contents of a lead's name.
"""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.fixtures.dbt_run import build
from tests.fixtures.ledger import Told, write_ledger

AS_OF = date(2026, 3, 20)


def lead(key: str | None, name: str | None = None, **more: object) -> dict:
    return {"_key": key, "lead_name": name, **more}


def told(source: str, day: int, *rows: dict, **more: object) -> Told:
    return Told(source, date(2026, 3, day), {"lead": list(rows)}, **more)  # type: ignore[arg-type]


REFUSED = {"_refused": True}
CASES = [
    told("plain", 1, lead("K", "a"), lead("L", "a")), told("plain", 2, lead("K", "b")), told("plain", 3, lead("K", "b"), lead("L", "a")),
    told("revert", 1, lead("K", "a")), told("revert", 2, lead("K", "b")), told("revert", 3, lead("K", "a")),
    told("repeat", 1, lead("K", "a")), told("repeat", 2, lead("K", "a")), told("repeat", 3, lead("L", "a")),
    # K moves from north to south on day 2; L is held by both and leaves one at a time; M leaves north and stays gone
    told("scope", 1, lead("K", "a"), lead("L", "a"), lead("M", "a"), scope="north"), told("scope", 1, lead("L", "a"), scope="south"),
    told("scope", 2, lead("L", "a"), scope="north"), told("scope", 2, lead("K", "a"), scope="south"), told("scope", 3, lead("X", "a"), scope="north"),
    told("refused", 1, lead("K", "a"), lead("L", "a")), told("refused", 2, lead("K", "b", **REFUSED), lead("L", "b", **REFUSED)),
    told("refused", 3, lead("K", "c", **REFUSED), lead("L", "a")),
    told("unreadable", 1, lead("K", "a"), lead("L", "a")), told("unreadable", 2, lead("L", "a"), lead(None, "?")),
    told("delta", 1, lead("K", "a"), lead("L", "a")), told("delta", 2, lead("K", "b"), delivery_kind="delta"),
    told("delta", 3, lead("M", "a"), delivery_kind="delta"), told("delta", 4, lead("K", "b"), lead("M", "a")),
    told("ids", 1, lead("K", "a"), lead("L", "a"), delivery_kind="delta"), told("ids", 2, lead("K"), delivery_kind="ids"),
    told("ids", 3, lead("K"), lead("L"), delivery_kind="ids"),
    told("revoked", 1, lead("K", "a")), told("revoked", 2, lead("L", "a"), state="revoked"), told("revoked", 3, lead("K", "a")),
    told("future", 1, lead("K", "a")), told("future", 21, lead("L", "a")),
    told("double", 1, lead("K", "a"), lead("K", "a"), lead("L", "a")),
    # the website column: delivered, then absent twice (once with another change), then delivered blank
    told("gap", 1, lead("K", "a", website="w1")), told("gap", 2, lead("K", "b")), told("gap", 3, lead("K", "c", website=None), columns={"lead": ["lead_name", "website"]}),
    told("gap", 4, lead("K", "d")),
]  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    root: Path = tmp_path_factory.mktemp("ledger")
    assert (
        build(write_ledger(root, CASES, AS_OF), AS_OF, command="tables", select="+record_vanishing +record_version +delivery +lead") == []
    )
    return duckdb.connect(str(root / "warehouse.duckdb"), read_only=True)


def versions(warehouse: duckdb.DuckDBPyConnection, source: str) -> list[tuple]:
    """(key, number, start day, end day, started by, ended by) of a source's versions."""
    return warehouse.execute(
        "select _record_key, version_number, day(valid_from_date), day(valid_to_date), started_by_code, ended_by_code"
        " from canonical.record_version where source_system = ? order by 1, 2", [source]
    ).fetchall()  # fmt: skip


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "plain",
            [
                ("K", 1, 1, 2, "new", "changed"),
                ("K", 2, 2, None, "changed", "open"),
                ("L", 1, 1, 2, "new", "vanished"),
                ("L", 2, 3, None, "returned", "open"),
            ],
        ),
        ("revert", [("K", 1, 1, 2, "new", "changed"), ("K", 2, 2, 3, "changed", "changed"), ("K", 3, 3, None, "changed", "open")]),
        ("repeat", [("K", 1, 1, 3, "new", "vanished"), ("L", 1, 3, None, "new", "open")]),
        (
            "scope",
            [
                ("K", 1, 1, None, "new", "open"),
                ("L", 1, 1, 3, "new", "vanished"),
                ("M", 1, 1, 2, "new", "vanished"),
                ("X", 1, 3, None, "new", "open"),
            ],
        ),
        ("refused", [("K", 1, 1, None, "new", "open"), ("L", 1, 1, None, "new", "open")]),
        ("unreadable", [("K", 1, 1, 2, "new", "vanished"), ("L", 1, 1, None, "new", "open")]),
        (
            "delta",
            [
                ("K", 1, 1, 2, "new", "changed"),
                ("K", 2, 2, None, "changed", "open"),
                ("L", 1, 1, 4, "new", "vanished"),
                ("M", 1, 3, None, "new", "open"),
            ],
        ),
        ("ids", [("K", 1, 1, None, "new", "open"), ("L", 1, 1, 2, "new", "vanished"), ("L", 2, 3, None, "returned", "open")]),
        ("revoked", [("K", 1, 1, None, "new", "open")]),
        ("future", [("K", 1, 1, None, "new", "open")]),
        ("double", [("K", 1, 1, None, "new", "open"), ("L", 1, 1, None, "new", "open")]),
    ],
)
def test_versions(warehouse: duckdb.DuckDBPyConnection, source: str, expected: list[tuple]) -> None:
    assert versions(warehouse, source) == expected


def test_presence(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select source_system, source_record_id, is_vanished, is_vanishing_uncertain, has_refused_row, day(last_delivered_date)"
        " from canonical.lead where source_system in ('plain', 'scope', 'refused', 'unreadable', 'delta', 'repeat') order by 1, 2"
    ).fetchall()
    assert rows == [
        ("delta", "K", False, False, False, 4), ("delta", "L", True, False, False, 1), ("delta", "M", False, False, False, 4),
        ("plain", "K", False, False, False, 3), ("plain", "L", False, False, False, 3),
        ("refused", "K", False, False, True, 3), ("refused", "L", False, False, False, 3),
        ("repeat", "K", True, False, False, 2), ("repeat", "L", False, False, False, 3),
        ("scope", "K", False, False, False, 2), ("scope", "L", True, False, False, 2), ("scope", "M", True, False, False, 1),
        ("scope", "X", False, False, False, 3),
        ("unreadable", "K", True, True, False, 1), ("unreadable", "L", False, False, False, 2),
    ]  # fmt: skip


def test_vanishings_and_returns(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select source_system, record_id, last_version_number, day(vanished_date), is_uncertain, returned_at is not null from canonical.record_vanishing order by 1, 2, 3"
    ).fetchall()
    assert rows == [
        ("delta", "delta:L", 1, 4, False, False), ("ids", "ids:L", 1, 2, False, True), ("plain", "plain:L", 1, 2, False, True),
        ("repeat", "repeat:K", 1, 3, False, False), ("scope", "scope:L", 1, 3, False, False), ("scope", "scope:M", 1, 2, False, False),
        ("unreadable", "unreadable:K", 1, 2, True, False),
    ]  # fmt: skip


def test_counts_of_each_delivery(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select source_system, day(delivered_date), accepted_row_count, new_count, changed_count, unchanged_count, duplicate_row_count, returned_count, vanished_count"
        " from canonical.delivery where source_system in ('plain', 'double', 'repeat', 'revoked') order by 1, 2"
    ).fetchall()
    assert rows == [
        ("double", 1, 3, 2, 0, 0, 1, 0, 0),
        ("plain", 1, 2, 2, 0, 0, 0, 0, 0), ("plain", 2, 1, 0, 1, 0, 0, 0, 1), ("plain", 3, 2, 1, 0, 1, 0, 1, 0),
        ("repeat", 1, 1, 1, 0, 0, 0, 0, 0), ("repeat", 2, 1, 0, 0, 1, 0, 0, 0), ("repeat", 3, 1, 1, 0, 0, 0, 0, 1),
        ("revoked", 1, 1, 1, 0, 0, 0, 0, 0), ("revoked", 2, 1, None, None, None, None, None, None), ("revoked", 3, 1, 0, 0, 1, 0, 0, 0),
    ]  # fmt: skip


def test_accepted_rows_are_all_accounted_for(warehouse: duckdb.DuckDBPyConnection) -> None:
    broken = warehouse.execute(
        "select * from canonical.delivery where is_effective and accepted_row_count <> new_count + changed_count + unchanged_count + duplicate_row_count"
    ).fetchall()
    assert broken == []


def test_lineage_is_the_earliest_delivery_of_a_version(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select version_number, _source_file, _row_number from canonical.record_version where record_id = 'plain:K' or record_id = 'plain:L' and version_number = 2 order by _source_file, 1"
    ).fetchall()
    assert rows == [(1, "plain_20260301.csv", 2), (2, "plain_20260302.csv", 2), (2, "plain_20260303.csv", 3)]


def test_a_column_not_delivered_keeps_its_last_value(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select version_number, lead_name, website from staging.stg_record__lead where source_system = 'gap' order by 1"
    ).fetchall()
    assert rows == [(1, "a", "w1"), (2, "b", "w1"), (3, "c", None), (4, "d", None)]
