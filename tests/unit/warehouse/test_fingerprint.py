"""Two warehouses are equal when their rows are: order and loading time apart, and nothing else apart.

Belongs here: the rule of equality on hand-made tables. Does not: comparing real warehouses (integration/ledger).
"""

import duckdb
import pytest

from pipelines.warehouse.fingerprint import table_fingerprints

ROWS = "('a', 1, '', timestamp '2026-01-01'), ('b', 2, null, timestamp '2026-01-01')"


def made(path, rows, schema="marts"):
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create schema {schema}")
        connection.execute(f"create table {schema}.deal (name varchar, amount decimal(18,2), note varchar, _loaded_at timestamp)")
        connection.execute(f"insert into {schema}.deal values {rows}")
    return table_fingerprints(path)


def test_order_and_loading_time_do_not_count(tmp_path):
    later = "('b', 2, null, timestamp '2027-05-05'), ('a', 1, '', timestamp '2027-05-05')"
    assert made(tmp_path / "one", ROWS) == made(tmp_path / "two", later)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(ROWS.replace("1,", "1.01,"), id="one cent"),
        pytest.param(ROWS.replace("''", "null"), id="empty text is not NULL"),
        pytest.param(ROWS + ", ('b', 2, null, timestamp '2026-01-01')", id="a row twice"),
        pytest.param("('a', 1, '', timestamp '2026-01-01')", id="a row missing"),
        pytest.param("('a', 2, '', timestamp '2026-01-01'), ('b', 1, null, timestamp '2026-01-01')", id="values swapped between rows"),
    ],
)
def test_any_other_difference_counts(tmp_path, other):
    assert made(tmp_path / "one", ROWS) != made(tmp_path / "two", other)


def test_snapshots_are_not_compared(tmp_path):
    assert made(tmp_path / "one", ROWS, "snapshots") == {}
    assert list(made(tmp_path / "two", ROWS, "canonical")) == ["canonical.deal"]


def test_rows_that_publication_feeds_are_not_compared(tmp_path):
    def seen(path, rows):
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema marts; create table marts.movement (view_code varchar, amount int)")
            connection.execute(f"insert into marts.movement values {rows}")
        return table_fingerprints(path)

    plain = seen(tmp_path / "one", "('as_delivered', 1)")
    assert seen(tmp_path / "two", "('as_delivered', 1), ('as_published', 2)") == plain
    assert seen(tmp_path / "three", "('as_delivered', 2)") != plain
