"""Records of a CSV file read one by one, where some have too few or too many cells, or quotation marks out of place.

Belongs here: telling good records from those to refuse. Does not: the fast path (text_table.py).
"""

import csv
from collections.abc import Iterable, Iterator

import polars as pl

from pipelines.extract.delivery import SourceError
from pipelines.extract.table import RAGGED_SCHEMA

WRONG_WIDTH, ODD_QUOTES = "FNL-225", "FNL-226"


def odd_records(
    lines: Iterable[str], delimiter: str, width: int, offset: int, limit: int, file: str
) -> tuple[int, list[tuple[int, list[str]]], pl.DataFrame]:
    """(records read, good ones as (row number, `width` cells), the others as RAGGED_SCHEMA).

    Superfluous empty cells at the end do no harm. Raises SourceError FNL-215 when a quotation mark is open at the end of the file.
    """
    even: list[tuple[int, list[str]]] = []
    odd: list[tuple[int, list[str], str]] = []
    count = 0
    for text, cells in _records(lines, delimiter, offset, file):
        count += 1
        if not any(cell.strip() for cell in cells):
            pass
        elif fault := _quoting_fault(text, delimiter):
            if "end of data" in fault:
                raise SourceError("FNL-215", file=file, row=offset + count, why=fault)
            odd.append((offset + count, cells, ODD_QUOTES))
        elif len(cells) < width or any(cell.strip() for cell in cells[width:]):
            odd.append((offset + count, cells, WRONG_WIDTH))
        else:
            even.append((offset + count, cells[:width]))
        if count == limit:
            break
    return count, even, pl.DataFrame(odd, schema=RAGGED_SCHEMA, orient="row")


def _records(lines: Iterable[str], delimiter: str, offset: int, file: str) -> Iterator[tuple[list[str], list[str]]]:
    """(its lines, its cells) of each record, leniently."""
    taken: list[str] = []

    def kept() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    count = 0
    try:
        for cells in csv.reader(kept(), delimiter=delimiter):
            count += 1
            yield list(taken), cells
            taken.clear()
    except csv.Error as error:
        raise SourceError("FNL-215", file=file, row=offset + count + 1, why=str(error)) from None


def _quoting_fault(text: list[str], delimiter: str) -> str:
    try:
        list(csv.reader(text, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return str(error)
    return ""
