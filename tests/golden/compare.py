"""One published table against the figures that were worked out on paper.

Belongs here: reading an expected file and saying, row by row, where a table differs from it. Does not: any expectation (expected/*.csv).

A file is named after its table. Columns that end in * are the key. `<table>.csv` lists every row of the table, `<table>.part.csv` some of
them. A blank cell is NULL, a question mark a cell on which the paper is silent. Numbers are compared to the last digit that is published.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

EXPECTED = Path(__file__).parent / "expected"
SILENT = "?"


@dataclass(frozen=True)
class Sheet:
    """What one file says: rows of texts by key, the key itself at the front of each."""

    table: str
    is_whole: bool
    columns: tuple[str, ...]
    key_count: int
    rows: dict[tuple[str, ...], tuple[str, ...]]

    @property
    def query(self) -> str:
        return f"select {', '.join(self.columns)} from marts.{self.table}"


def sheet_of(path: Path) -> Sheet:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    count = sum(name.endswith("*") for name in header)
    assert count and all(name.endswith("*") for name in header[:count]), f"{path.name}: the key (columns with *) comes first"
    assert {len(row) for row in rows} == {len(header)}, f"{path.name}: a row has other than {len(header)} cells"
    twice = [key for key, number in Counter(tuple(row[:count]) for row in rows).items() if number > 1]
    assert not twice, f"{path.name}: keys that come twice: {twice}"
    columns = tuple(name.removesuffix("*") for name in header)
    by_key = {tuple(row[:count]): tuple(map(canonical, row)) for row in rows}
    return Sheet(path.name.split(".")[0], not path.name.endswith(".part.csv"), columns, count, by_key)


def differences(sheet: Sheet, published: list[tuple]) -> dict[tuple[str, ...], list[str]]:
    """Key -> what is wrong with that row; empty when the table is as expected. `published` is the answer to the sheet's query."""
    texts = [tuple(map(text_of, row)) for row in published]
    found = {row[: sheet.key_count]: row for row in texts}
    assert len(found) == len(texts), f"{sheet.table}: {', '.join(sheet.columns[: sheet.key_count])} is no key"
    wrong = {key: list(_cells(sheet, row, found[key])) if key in found else ["no such row"] for key, row in sheet.rows.items()}
    if sheet.is_whole:
        wrong |= {key: ["a row that nobody expects"] for key in found if key not in sheet.rows}
    return {key: cells for key, cells in wrong.items() if cells}


def _cells(sheet: Sheet, paper: tuple[str, ...], row: tuple[str, ...]) -> Iterator[str]:
    for name, wanted, got in zip(sheet.columns, paper, row, strict=True):
        if wanted not in (got, SILENT):
            yield f"{name} is {got or 'NULL'}, on paper {wanted or 'NULL'}"


def text_of(value: object) -> str:
    """A published value as an expected file writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else canonical(str(value))


def canonical(text: str) -> str:
    """12, 12.0 and 12.00 are one number; anything else is itself."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return f"{number.normalize():f}" if number.is_finite() and number else "0" if number.is_finite() else text
