"""What must hold for whole companies drawn at random: money scales and moves no rate, names carry no weight, parts make up the whole, and what
was delivered later changes nothing of what was known before.

Belongs here: whole builds compared with each other or with their own parts. Does not: single figures (worked example) or single models.
FUNNEL_SEED draws another company.
"""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from expectations.table_rules import declared_keys
from tests.fixtures.dbt_run import PROJECT, build
from tests.fixtures.drawn_company import AS_OF, FIRST, diary, drawn, rules, weeks
from tests.fixtures.ledger import Told, write_ledger

pytestmark = pytest.mark.slow
SEED = int(os.environ.get("FUNNEL_SEED", "11"))
FACTOR = 10
LATER = FIRST + timedelta(days=7 * 20)  # the deliveries after it are the later ones
DATA_TESTS = sorted(path.stem for path in (PROJECT / "data_tests").rglob("*.sql"))
KEPT_WORDS = (
    "quality_issue",
    "record_change_log",
    "delivery_log",
    "publication_basis",
)  # they quote the source, or name deliveries by their content
MONEY_WORDS = ("amount", "value", "velocity", "worth", "price", "difference", "gap", "profit", "cost")


def made(root: Path, told: list[Told]) -> Path:
    assert build(write_ledger(root, told, AS_OF), AS_OF, command="tables") == []
    return root


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("plain"), drawn(SEED))


def opened(root: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(root / "warehouse.duckdb"), read_only=True)


def side_by_side(one: Path, other: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, root in (("one", one), ("other", other)):
        connection.execute(f"attach '{root / 'warehouse.duckdb'}' as {name} (read_only)")
    return connection


def marts(root: Path) -> dict[str, str]:
    """Mart that is a table -> its key. A view over them names the file's own catalog, so it cannot be read beside another."""
    with opened(root) as connection:
        tables = {name for (name,) in connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()}
    keys = declared_keys(root / "target_duckdb" / "manifest.json")
    return {table: key.column for (schema, table), key in keys.items() if schema == "marts" and table in tables}


def test_every_data_test_holds(plain: Path) -> None:
    """Visits tile a deal's life, the waterfall balances, teams sum to the company, win rates reconcile, and the rest."""
    assert len(DATA_TESTS) >= 9
    assert build(plain, AS_OF, command="test", select=" ".join(DATA_TESTS)) == []


def test_the_company_is_worth_testing(plain: Path) -> None:
    with opened(plain) as connection:
        deals = connection.execute(
            "select count(*), count(*) filter (is_won), count(*) filter (is_lost), count(*) filter (is_open) from marts.fct_opportunity"
        ).fetchall()[0]
        assert deals[0] > 45 and min(deals[1:]) >= 5
        moves = dict(connection.execute("select move_code, count(*) from marts.fct_stage_move group by all").fetchall())
        assert min(moves[code] for code in ("created", "forward", "backward", "won", "lost", "reopened")) >= 1


def test_ten_times_the_money_moves_no_rate(plain: Path, tmp_path: Path) -> None:
    told = drawn(SEED, factor=FACTOR)
    for row in told[0].rows["target"]:
        row["target_amount"] = str(int(row["target_amount"]) * FACTOR)
    other = made(tmp_path, told)
    faults, money_columns = [], 0
    with side_by_side(plain, other) as connection:
        for table, key in marts(plain).items():
            if table in KEPT_WORDS:
                continue
            columns = connection.execute(f"select column_name, column_type from (describe one.marts.{table})").fetchall()
            for name, kind in columns:
                if name.startswith("_") or name == key or name.endswith("delivery_id"):
                    continue
                if table == "scorecard" and name.endswith("_value"):  # one column for measures of money and of all else
                    differs = f"not (other.{name} = one.{name} or abs(other.{name} - one.{name} * {FACTOR}) < 0.1)"
                elif kind == "DECIMAL(18,2)" and any(word in name for word in MONEY_WORDS):
                    money_columns += 1
                    # averages and weighted deals are rounded to the cent, each before it is ten times as much
                    differs = (
                        f"abs(one.{name} * {FACTOR} - other.{name}) > {Decimal('0.5')} or (one.{name} is null) <> (other.{name} is null)"
                    )
                else:
                    differs = f"one.{name}::text is distinct from other.{name}::text"
                found = connection.execute(
                    f"select one.{key}, one.{name}, other.{name} from one.marts.{table} as one full join other.marts.{table} as other using ({key}) where {differs}"
                ).fetchall()
                faults += [f"{table}.{name}: {len(found)} rows: {found[0]}"] if found else []
    assert money_columns > 50
    assert faults == []


def test_other_names_for_the_reps_change_no_total(plain: Path, tmp_path: Path) -> None:
    other = made(tmp_path, drawn(SEED, names={"E1": "丙", "E2": "Zoe", "E3": "阿福", "E4": "乙"}))
    faults, compared = [], 0
    with side_by_side(plain, other) as connection:
        for table, key in marts(plain).items():
            columns = dict(connection.execute(f"select column_name, column_type from (describe one.marts.{table})").fetchall())
            if "scope_code" not in columns:
                continue
            numbers = [name for name, kind in columns.items() if kind.startswith(("DECIMAL", "BIGINT", "INTEGER", "DOUBLE"))]
            listed = ", ".join([key, *numbers])
            query = f"select {listed} from {{}}.marts.{table} where scope_code = 'company'"
            for left, right in (("one", "other"), ("other", "one")):
                found = connection.execute(f"{query.format(left)} except all {query.format(right)}").fetchall()
                faults += [f"{table}: {len(found)} rows only in {left}: {found[0]}"] if found else []
            compared += connection.execute(f"select count(*) from one.marts.{table} where scope_code = 'company'").fetchall()[0][0]
    assert faults == [] and compared > 100


def test_what_is_delivered_later_changes_nothing_as_delivered_before(plain: Path, tmp_path: Path) -> None:
    early = [told for told in weeks(SEED) if told.day <= LATER]
    other = made(tmp_path, [rules(), *early, diary(SEED)])
    query = "select * exclude (as_of_date) from {}.marts.funnel_as_of where view_code = 'as_delivered' and date_day <= ?"
    with side_by_side(plain, other) as connection:
        rows = {name: connection.execute(f"{query.format(name)} order by funnel_as_of_id", [LATER]).fetchall() for name in ("one", "other")}
    assert rows["one"] == rows["other"] and len(rows["one"]) > 20


def test_the_evening_of_today_is_the_current_funnel(plain: Path) -> None:
    with opened(plain) as connection:
        for view in ("as_known_now", "as_delivered"):
            evening = connection.execute(
                "select stage_set_code, stage_code, open_count, amount_base from marts.funnel_as_of where view_code = ? and date_day = ? and open_count > 0 order by all",
                [view, AS_OF],
            ).fetchall()
            current = connection.execute(
                "select stage_set_code, stage_code, open_count, amount_base from marts.funnel_by_stage where open_count > 0 order by all"
            ).fetchall()
            assert evening == current and current, view


def test_booked_wins_over_all_months_are_the_wins_that_stand(plain: Path) -> None:
    with opened(plain) as connection:
        booked = connection.execute(
            "select sum(won_count) from marts.win_rate where scope_code = 'company' and period_kind_code = 'month'"
        ).fetchall()[0][0]
        standing = connection.execute("select count(*) from marts.fct_opportunity where is_won").fetchall()[0][0]
    assert booked == standing > 5


def test_a_rate_is_a_share(plain: Path) -> None:
    with opened(plain) as connection:
        rows = connection.execute("select won_count, closed_count, win_rate from marts.win_rate").fetchall()
    assert all(won <= closed for won, closed, _ in rows)
    assert all(rate is None or 0 <= rate <= 1 for *_, rate in rows)
