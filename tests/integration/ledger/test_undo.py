"""Undo is never delivered, and the order of loading does not matter: a hash of every canonical and mart table, two ledgers side by side.

Each scenario is a source of its own in both ledgers, so that two builds prove all of them. One ledger lived through it all; the other was told
only what counts in the end, in the order of its dates.
"""

import hashlib
import random
from collections.abc import Callable
from datetime import date, datetime

import duckdb
import pytest

from pipelines.extract.delivery import Delivery
from pipelines.landing.ledger import Ledger
from pipelines.settings.company import CompanyFolder
from pipelines.warehouse.state import write_state
from tests.fixtures.company import playbook
from tests.fixtures.dbt_run import build
from tests.fixtures.deliveries import chunk, company, delivery, land, original

AS_OF = date(2026, 3, 31)
WEEKS = [date(2026, 3, day) for day in (1, 8, 15, 22, 29)]
LOADED = {"_loaded_at", "loaded_at"}
# These list every delivery, undone ones too: what an undo leaves visible on purpose.
LISTINGS = {"canonical.delivery", "marts.delivery_log"}


def deal(key: str, stage: str, amount: str = "100.00") -> dict:
    return {
        "_key": key, "opportunity_name": f"Deal {key}", "owner": ("小明", "weekly", "id"), "stage": stage, "amount": amount,
        "currency_code": "TWD", "created_date": "2026-02-25", "expected_close_date": "2026-04-30",
    }  # fmt: skip


WEEKLY = [
    [deal("A", "聯絡"), deal("B", "需求"), deal("C", "聯絡")],
    [deal("A", "需求"), deal("B", "需求"), {"_key": "C", "_refused": "FNL-221"}],
    [deal("A", "聯絡"), deal("C", "聯絡", "120.00")],
    [deal("A", "聯絡"), deal("C", "聯絡", "120.00")],  # says what the week before said
    [deal("A", "方案"), deal("B", "方案"), deal("C", "聯絡")],
]


def week(folder: CompanyFolder, source: str, number: int, rows: list[dict] | None = None, name: str = "", **more: object) -> Delivery:
    rows = WEEKLY[number] if rows is None else rows
    day = WEEKS[number]
    file = original(folder, name or f"{source} {day}.csv", f"{source} {day} {rows} {name}".encode(), datetime(2026, 4, 1, number))
    return delivery(source, day, chunk("opportunity", rows), original=file, **more)


def playbook_told() -> Delivery:
    told = playbook()
    return delivery("playbook", told.day, *[chunk(entity, rows) for entity, rows in told.rows.items()], source_kind="playbook")


UNDONE = {"undo_middle": [2], "undo_first": [0], "undo_repeated": [2], "undo_repetition": [3], "undo_last": [4], "undo_two": [1, 3]}
REPS = [f"rep{number}" for number in range(14)]


def lived(folder: CompanyFolder) -> None:
    """Everything loaded in a shuffled order, then undone, restored, revised, read again."""
    ledger = Ledger(folder)
    told: list[Callable[[], Delivery]] = [playbook_told]
    for source in [*UNDONE, "shuffled", "restored"]:
        told += [lambda s=source, n=number: week(folder, s, n) for number in range(5)]  # type: ignore[misc]
    for number in range(2):
        told += [lambda r=rep, n=number: week(folder, "reps", n, [deal(f"{r}-{n}", "聯絡")], name=f"{r} {n}.csv", scope=r) for rep in REPS]  # type: ignore[misc]
    told += [lambda: week(folder, "mapped", 0, [deal("A", "聯絡", "1.00")]), lambda: week(folder, "mapped", 1)]
    told += [lambda: week(folder, "conflict", 0, name="first.csv"), lambda: week(folder, "conflict", 0, WEEKLY[4], name="second.csv")]
    random.Random(7).shuffle(told)
    for make in told:
        land(ledger, make())
    land(ledger, week(folder, "mapped", 0, [deal("A", "聯絡", "1.00")], mapping_version="v1.1"))
    for source, weeks in {**UNDONE, "restored": [1]}.items():
        for state in [state for state in ledger.states() if state.entry["source"] == source]:
            if date.fromisoformat(state.entry["declared_date"]) in [WEEKS[number] for number in weeks]:
                ledger.revoke(state.id, "undone")
    restored = next(state for state in ledger.states() if state.entry["source"] == "restored" and state.state_code == "revoked")
    ledger.restore(restored.id, "after all")
    ledger.revoke(next(state.id for state in ledger.states() if state.state_code == "held"), "the other file is right")
    ledger.compact()


def told_in_order(folder: CompanyFolder) -> None:
    """Only what counts, by date."""
    ledger = Ledger(folder)
    land(ledger, playbook_told())
    for number in range(5):
        for source in [*UNDONE, "shuffled", "restored"]:
            if number not in UNDONE.get(source, []):
                land(ledger, week(folder, source, number))
        if number < 2:
            for rep in REPS:
                land(ledger, week(folder, "reps", number, [deal(f"{rep}-{number}", "聯絡")], name=f"{rep} {number}.csv", scope=rep))
    land(ledger, week(folder, "mapped", 0, [deal("A", "聯絡", "1.00")], mapping_version="v1.1"))
    land(ledger, week(folder, "mapped", 1))
    kept = min(("first.csv", WEEKLY[0]), ("second.csv", WEEKLY[4]), key=lambda told: sha_of(folder, *told))
    land(ledger, week(folder, "conflict", 0, kept[1], name=kept[0]))


def sha_of(folder: CompanyFolder, name: str, rows: list[dict]) -> str:
    item = week(folder, "conflict", 0, rows, name=name)
    assert item.original is not None
    return item.original.sha256


def built(folder: CompanyFolder) -> dict[str, tuple[int, str]]:
    """table -> (rows, hash over its sorted rows less the instants of loading)."""
    write_state(folder, AS_OF)
    assert build(folder.data, AS_OF, command="tables") == []
    found = {}
    with duckdb.connect(str(folder.data / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name in ('canonical', 'marts', 'snapshots') order by all"
        ).fetchall()
        for schema, table in tables:
            columns = [row[0] for row in connection.execute(f"describe {schema}.{table}").fetchall() if row[0] not in LOADED]
            selected = ", ".join(f'"{name}"' for name in columns)
            rows = sorted(map(str, connection.execute(f"select {selected} from {schema}.{table}").fetchall()))
            found[f"{schema}.{table}"] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> tuple[CompanyFolder, CompanyFolder]:
    root = tmp_path_factory.mktemp("undo")
    one, other = company(root / "lived"), company(root / "ordered")
    lived(one)
    told_in_order(other)
    return one, other


@pytest.mark.slow
@pytest.mark.nightly
def test_what_was_lived_through_is_what_counts_told_in_order(ledgers: tuple[CompanyFolder, CompanyFolder]) -> None:
    one, other = (built(folder) for folder in ledgers)
    assert one.keys() == other.keys()
    assert one["canonical.opportunity"][0] > 40
    assert one["canonical.record_vanishing"][0] > 3
    assert {table for table in one if one[table] != other[table]} <= LISTINGS
    with duckdb.connect(str(ledgers[0].data / "warehouse.duckdb"), read_only=True) as connection:
        vanished = connection.execute("select count(*) from canonical.record_vanishing where source_system = 'shuffled'").fetchall()
        # B alone vanishes, in week 3, and returns in week 5; C, refused in week 2, never does.
        assert vanished == [(1,)]
        reps = connection.execute("select count(*) from canonical.opportunity where source_system = 'reps' and not is_vanished").fetchall()
        assert reps == [(14,)]  # each rep's second file replaces that rep's first deal, nobody else's
