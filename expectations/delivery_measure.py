"""What is measured of staged deliveries: one row per delivery and entity, one per delivery, entity and column with faults.

Belongs here: measuring, all deliveries of a night at once. Does not: judging (landing_border.py). Figures come from the staged Parquet
files and the ledger's own history; nothing is committed or changed.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from pipelines.landing.ledger import Ledger
from pipelines.landing.stage import Staged
from pipelines.settings.company import CompanyFolder
from pipelines.settings.entities import entities

SHRUNK_BELOW_RATE = 0.6  # a full list with a smaller share of the last one's records is held
SHRUNK_MINIMUM_COUNT = 5  # lists shorter than this may shrink freely
EARLIEST = date(1950, 1, 1)
LATEST_DAYS = 3660  # about ten years after the as-of date


@dataclass
class DeliveryMeasure:
    """One entity of one staged delivery. Counts are rows; previous_* describe the last live listing of the same scope."""

    number: int  # position in the list that was given
    entity: str
    source: str
    source_kind: str
    name: str
    scope: str
    date: date
    row_count: int
    source_row_count: int
    refused_row_count: int
    accepted_of_delivery: int | None  # of all its entities together; NULL where it may be empty
    unreadable_key_count: int
    unreadable_key_rate: float | None
    previous_row_count: int | None
    row_count_rate: float | None
    days_ahead: int | None


def measure(folder: CompanyFolder, staged: list[Staged], as_of_date: date | None) -> list[DeliveryMeasure]:
    """Measures in the order given. History: live deliveries of the ledger, then the earlier ones of `staged` that did not shrink."""
    history = _history(Ledger(folder))
    found: list[DeliveryMeasure] = []
    for number, one in sorted(enumerate(staged), key=lambda item: (item[1].delivered_date, item[1].delivery.delivered_at)):
        for entity in one.writers:
            found.append(_measure(number, one, entity, history, as_of_date))
    return sorted(found, key=lambda row: row.number)


History = dict[tuple[str, str, str], list[tuple[tuple[date, str], int]]]


def _history(ledger: Ledger) -> History:
    history: History = {}
    for state in ledger.states():
        entry = state.entry
        if state.state_code == "live" and entry["delivery_kind"] in ("full", "ids"):
            order = (date.fromisoformat(entry["delivered_date"]), entry["delivered_at"])
            for part in entry["entities"]:
                history.setdefault((entry["source"], part["entity"], entry["scope"]), []).append((order, _records(part["counts"])))
    return history


def _records(counts: dict[str, int]) -> int:
    return counts["accepted"] + counts["refused"] - counts["duplicates"]


def _measure(number: int, staged: Staged, entity: str, history: History, as_of_date: date | None) -> DeliveryMeasure:
    delivery, counts, writer = staged.delivery, staged.counts[entity], staged.writers[entity]
    rows, members = _records(counts), counts["accepted"] + counts["refused"]
    previous = rate = None
    if delivery.kind in ("full", "ids"):
        order = (staged.delivered_date, delivery.delivered_at.isoformat())
        known = history.setdefault((delivery.source, entity, delivery.scope), [])
        previous = max((item for item in known if item[0] <= order), default=(None, None), key=lambda item: item[0])[1]
        rate = rows / previous if previous is not None and previous >= SHRUNK_MINIMUM_COUNT else None
        if rate is None or rate >= SHRUNK_BELOW_RATE:
            known.append((order, rows))
    return DeliveryMeasure(
        number=number,
        entity=entity,
        source=delivery.source,
        source_kind=delivery.source_kind,
        name=delivery.original.name if delivery.original else delivery.source,
        scope=delivery.scope or "–",
        date=staged.delivered_date,
        row_count=rows,
        source_row_count=counts["source"],
        refused_row_count=counts["refused"],
        accepted_of_delivery=None if _may_be_empty(staged, history) else sum(part["accepted"] for part in staged.counts.values()),
        unreadable_key_count=writer.unreadable_keys,
        unreadable_key_rate=writer.unreadable_keys / members if members else None,
        previous_row_count=previous,
        row_count_rate=rate,
        days_ahead=(delivery.declared_date - as_of_date).days if delivery.declared_date and as_of_date else None,
    )


def _may_be_empty(staged: Staged, history: History) -> bool:
    """A delta; or a file without any row to read, from a scope that never listed a record (an untouched template)."""
    delivery = staged.delivery
    rows = sum(part["source"] - part["blank"] - part["title"] for part in staged.counts.values())
    listed = any(count for entity in staged.writers for _, count in history.get((delivery.source, entity, delivery.scope), []))
    return delivery.kind == "delta" or not (rows or listed)


DELIVERY_MEASURE = {
    "number": "int", "entity": "text", "source": "text", "source_kind": "text", "name": "text", "scope": "text", "date": "date",
    "row_count": "bigint", "source_row_count": "bigint", "refused_row_count": "bigint", "accepted_of_delivery": "bigint",
    "unreadable_key_count": "bigint", "unreadable_key_rate": "double", "previous_row_count": "bigint", "row_count_rate": "double",
    "days_ahead": "bigint",
}  # fmt: skip


def write_measures(staged: list[Staged], measures: list[DeliveryMeasure], as_of_date: date | None, file: Path) -> None:
    """A new DuckDB file with tables delivery_measure, column_measure (failed cells) and date_measure (dates out of range)."""
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"create table delivery_measure ({', '.join(f'{name} {kind}' for name, kind in DELIVERY_MEASURE.items())})")
        if measures:
            holes = ", ".join("?" * len(DELIVERY_MEASURE))
            connection.executemany(f"insert into delivery_measure values ({holes})", [list(asdict(row).values()) for row in measures])
        connection.execute("create table written (path text, number int, entity text)")
        problems = _problem_files(staged)
        contents = [(str(path), number, entity) for number, one in enumerate(staged) for entity, path in one.content_paths.items()]
        if problems or contents:
            connection.executemany("insert into written values (?, ?, ?)", problems + contents)
        _columns(connection, [path for path, _, _ in problems])
        _dates(connection, contents, (as_of_date or max((row.date for row in measures), default=EARLIEST)) + timedelta(days=LATEST_DAYS))


def _problem_files(staged: list[Staged]) -> list[tuple[str, int, str]]:
    """Files that exist: (path, number of the delivery, entity)."""
    return [
        (str(writer.problem_path), number, entity)
        for number, one in enumerate(staged) for entity, writer in one.writers.items()
        if writer.problem_path.is_file()
    ]  # fmt: skip


def _columns(connection: duckdb.DuckDBPyConnection, files: list[str]) -> None:
    """A cell that is blank has not failed; a missing key is counted among the keys."""
    select = """
        select written.number, written.entity, column_name, count(distinct (_sheet, _row_number)) as failed_count,
            min(raw_value) as example from read_parquet($files, filename = true) as problem
        join written on problem.filename = written.path
        where action_code in ('blanked', 'refused') and column_name <> '' and raw_value <> '' group by all"""
    nothing = "select 0 as number, '' as entity, '' as column_name, 0 as failed_count, '' as example where false"
    found = f"({select if files else nothing})"
    connection.execute(
        f"""create table column_measure as
        select found.*, row_count, failed_count / nullif(row_count, 0) as failed_rate,
            case when row_count >= {SHRUNK_MINIMUM_COUNT} then failed_rate end as judged_rate
        from {found} as found join delivery_measure using (number, entity)""",
        {"files": files} if files else None,
    )


def _dates(connection: duckdb.DuckDBPyConnection, files: list[tuple[str, int, str]], latest: date) -> None:
    connection.execute(
        f"""create table date_measure (number int, entity text, column_name text, failed_count bigint, example text,
            earliest date default '{EARLIEST}', latest date)"""
    )
    for entity in sorted({entity for _, _, entity in files}):
        paths = [path for path, _, of in files if of == entity]
        sample = connection.execute("select * from read_parquet($files, union_by_name = true) limit 0", {"files": paths})
        names = {column[0] for column in sample.description or []} & {name for name, kind in entities()[entity].items() if kind == "date"}
        for name in sorted(names):
            connection.execute(
                f"""insert into date_measure (number, entity, column_name, failed_count, example, latest)
                select number, entity, '{name}', count(*), min({name}), $latest
                from read_parquet($files, union_by_name = true, filename = true) as content join written on content.filename = written.path
                where try_cast({name} as date) not between date '{EARLIEST}' and $latest group by all""",
                {"files": paths, "latest": latest},
            )
