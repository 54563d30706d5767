"""A CSV or TSV file as a Table, in bounded blocks, strictly decoded by us.

Belongs here: delimiter, records, ragged rows. Does not: finding the encoding (encoding.py).

Python's csv module says where each record ends and how many cells it has; Polars parses the same lines into columns where they agree.
"""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import polars as pl

from pipelines.extract.delivery import SourceError
from pipelines.extract.mapping import HeaderRow
from pipelines.extract.table import (
    HEADER_DEPTH,
    RAGGED_SCHEMA,
    ROW_NUMBER,
    Block,
    Table,
    blanks_to_null,
    header_index,
    header_names,
    no_ragged,
    without_blank_rows,
)

CHUNK_ROWS = 50_000
csv.field_size_limit(1 << 20)


def text_table(path: Path, encoding: str, delimiter: str, header: HeaderRow) -> Table:
    """Row numbers count records, as a spreadsheet shows them. Raises SourceError FNL-214, and FNL-215 while reading (an open quote)."""
    delimiter = sniff_delimiter(path, encoding) if delimiter == "auto" else delimiter
    with path.open(encoding=encoding, newline="") as file:
        depth = max(HEADER_DEPTH, header.row or 0)
        first_rows = [row for row, _ in zip(_reader(file, delimiter, path), range(depth), strict=False)]
    if header.none:
        index, missing, names = -1, [], header_names(header.columns)
    else:
        index, missing = header_index([[cell or None for cell in row] for row in first_rows], header, path.name)
        names = header_names(list(first_rows[index])) if index < len(first_rows) else []
    return Table("", names, _blocks(path, encoding, delimiter, names, index), missing)


def sniff_delimiter(path: Path, encoding: str) -> str:
    """The one of , ; tab | that splits the first lines most."""
    with path.open(encoding=encoding, newline="") as file:
        lines = [line for line in islice(file, 10) if line.strip()]
    if path.suffix.lower() == ".tsv":
        return "\t"
    return max(",;\t|", key=lambda delimiter: sum(len(row) - 1 for row in csv.reader(lines, delimiter=delimiter)))


def _reader(lines, delimiter: str, path: Path) -> Iterator[list[str]]:
    reader, number = csv.reader(lines, delimiter=delimiter), 0
    try:
        for number, row in enumerate(reader, start=1):  # noqa: B007
            yield row
    except csv.Error as error:
        raise SourceError("FNL-215", file=path.name, row=number + 1, why=str(error)) from None


def _blocks(path: Path, encoding: str, delimiter: str, names: list[str], header_index: int) -> Iterator[Block]:
    taken: list[str] = []
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(_kept(file, taken), delimiter=delimiter)
        above = list(islice(reader, header_index + 1))
        title = sum(any(cell.strip() for cell in row) for row in above)
        number, blank = header_index + 1, len(above) - title
        while True:
            taken.clear()
            try:
                records = list(islice(reader, CHUNK_ROWS))
            except csv.Error as error:
                raise SourceError("FNL-215", file=path.name, row=number + 1, why=str(error)) from None
            if not records and number > header_index + 1:
                return
            block = _block(records, taken, delimiter, names, number)
            block.title, block.blank = block.title + title, block.blank + blank
            yield block
            number, title, blank = number + len(records), 0, 0
            if len(records) < CHUNK_ROWS:
                return


def _kept(lines, taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


def _block(records: list[list[str]], lines: list[str], delimiter: str, names: list[str], offset: int) -> Block:
    width = len(names)
    ragged = no_ragged()
    columns = _parsed(lines, delimiter, width, records) if set(map(len, records)) == {width} else None
    if columns is None:
        even, odd = [], []
        for number, record in enumerate(records, start=offset + 1):
            if len(record) == width or (not any(record[width:]) and len(record) > width) or not any(cell.strip() for cell in record):
                even.append((number, record))
            else:
                odd.append((number, record))
        padded = [(record + [""] * (width - len(record)))[:width] for _, record in even]
        columns = pl.DataFrame(list(zip(*padded, strict=True)) or [[]] * width, schema={f"c{index}": pl.String for index in range(width)})
        numbers = pl.Series(ROW_NUMBER, [number for number, _ in even], dtype=pl.Int64)
        ragged = pl.DataFrame({ROW_NUMBER: [number for number, _ in odd], "cells": [cells for _, cells in odd]}, schema=RAGGED_SCHEMA)
    else:
        numbers = pl.int_range(offset + 1, offset + 1 + len(records), dtype=pl.Int64, eager=True).alias(ROW_NUMBER)
    columns = blanks_to_null(columns.rename(dict(zip(columns.columns, names, strict=True))))
    rows = without_blank_rows(columns.insert_column(0, numbers))
    return Block(rows, ragged, blank=len(columns) - len(rows))


def _parsed(lines: list[str], delimiter: str, width: int, records: list[list[str]]) -> pl.DataFrame | None:
    """The same records by Polars, or None where it does not see the same (odd quoting, old line ends)."""
    try:
        frame = pl.read_csv(
            io.BytesIO("".join(lines).encode()), has_header=False, separator=delimiter, infer_schema=False,
            schema={f"c{index}": pl.String for index in range(width)},
        )
    except pl.exceptions.PolarsError:
        return None
    agrees = len(frame) == len(records) and all(
        [cell or "" for cell in frame.row(at)] == records[at] for at in (0, len(records) // 2, -1)
    )
    return frame if agrees else None
