"""A CSV or TSV file as a Table, in bounded blocks, strictly decoded by us.

Belongs here: delimiter, header and blocks. Does not: finding the encoding (encoding.py), odd records one by one (odd_records.py).

Lines without quotation marks are counted as they stand; of others Python's csv module, in strict mode, says where each record ends
and how many cells it has. Where all have the header's number, Polars parses the same lines into columns. The rare other blocks are
read record by record.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import polars as pl

from pipelines.extract.delivery import SourceError
from pipelines.extract.encoding import open_text
from pipelines.extract.mapping import HeaderRow
from pipelines.extract.odd_records import odd_records
from pipelines.extract.table import (
    HEADER_DEPTH,
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
LONGEST_CELL = 1 << 20
csv.field_size_limit(LONGEST_CELL)


def text_table(path: Path, encoding: str, delimiter: str, header: HeaderRow) -> Table:
    """Row numbers count records, as a spreadsheet shows them. Raises SourceError FNL-214, and FNL-215 while reading (an open quote)."""
    delimiter = sniff_delimiter(path, encoding) if delimiter == "auto" else delimiter
    first_rows = _first_rows(path, encoding, delimiter, max(HEADER_DEPTH, header.row or 0))
    if header.none:
        return Table("", names := header_names(list(header.columns)), _blocks(path, encoding, delimiter, names, 0))
    index, missing = header_index(first_rows, header, path.name)
    names = header_names(first_rows[index]) if index < len(first_rows) else []
    return Table("", names, _blocks(path, encoding, delimiter, names, index + 1), missing)


def sniff_delimiter(path: Path, encoding: str) -> str:
    """The one of , ; tab | that splits the first lines most; a comma where none does. The file's name is not asked."""
    with open_text(path, encoding) as file:
        lines = [line for line in islice(file, 10) if line.strip()]
    return max(",;\t|", key=lambda delimiter: sum(len(row) - 1 for row in csv.reader(lines, delimiter=delimiter)))


def _first_rows(path: Path, encoding: str, delimiter: str, depth: int) -> list[list[str | None]]:
    try:
        with open_text(path, encoding) as file:
            return [[cell or None for cell in row] for row in islice(csv.reader(file, delimiter=delimiter), depth)]
    except csv.Error as error:
        raise SourceError("FNL-215", file=path.name, row=1, why=str(error)) from None


def _blocks(path: Path, encoding: str, delimiter: str, names: list[str], header_rows: int) -> Iterator[Block]:
    with open_text(path, encoding) as file:
        above = list(islice(csv.reader(file, delimiter=delimiter), header_rows))
        title = sum(any(cell.strip() for cell in row) for row in above)
        blank, number, lines = len(above) - title, header_rows, iter(file)
        while True:
            taken = list(islice(lines, CHUNK_ROWS))
            count = len(taken) if _are_records(taken, delimiter, len(names)) else _counted(taken, lines, delimiter, len(names))
            frame = _parsed(taken, delimiter, len(names), count) if count is not None else None
            if frame is not None and count is not None:
                block = _even_block(frame, names, number)
            else:
                count, block = _odd_block(chain(taken, lines), delimiter, names, number, path.name)
            if not count and number > header_rows:
                return
            block.title, block.blank = block.title + title, block.blank + blank
            yield block
            number, title, blank = number + count, 0, 0
            if count < CHUNK_ROWS:
                return


def _are_records(lines: list[str], delimiter: str, width: int) -> bool:
    """Is each line one record of `width` cells? (Where old line ends make Polars see fewer lines, `_parsed` notices.)"""
    return '"' not in "".join(lines) and {line.count(delimiter) for line in lines} == {width - 1} and max(map(len, lines)) < LONGEST_CELL


def _counted(taken: list[str], lines: Iterator[str], delimiter: str, width: int) -> int | None:
    """How many records of `width` cells come next; None where some are uneven or quotation marks out of place.

    Lines that belong to them move from `lines` to `taken`.
    """
    start = taken.copy()
    taken.clear()
    try:
        reader = csv.reader(_kept(chain(start, lines), taken), delimiter=delimiter, strict=True)
        widths = list(map(len, islice(reader, CHUNK_ROWS)))
    except csv.Error:
        widths = []
    taken += start[len(taken) :]
    return len(widths) if set(widths) == {width} else None


def _kept(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


def _parsed(lines: list[str], delimiter: str, width: int, count: int) -> pl.DataFrame | None:
    """The same records by Polars, or None where Polars counts them otherwise (old line ends)."""
    schema = {f"c{index}": pl.String for index in range(width)}
    try:
        text = io.BytesIO("".join(lines).encode())
        frame = pl.read_csv(text, has_header=False, separator=delimiter, infer_schema=False, schema=schema)
    except pl.exceptions.PolarsError:
        return None
    return frame if len(frame) == count else None


def _even_block(frame: pl.DataFrame, names: list[str], offset: int) -> Block:
    columns = blanks_to_null(frame.rename(dict(zip(frame.columns, names, strict=True))))
    rows = without_blank_rows(columns.with_row_index(ROW_NUMBER, offset=offset + 1).cast({ROW_NUMBER: pl.Int64}))
    return Block(rows, no_ragged(), blank=len(columns) - len(rows))


def _odd_block(lines: Iterable[str], delimiter: str, names: list[str], offset: int, file: str) -> tuple[int, Block]:
    """(records read, their block) of the next records, one by one."""
    count, even, ragged = odd_records(lines, delimiter, len(names), offset, CHUNK_ROWS, file)
    cells = {name: [row[index] for _, row in even] for index, name in enumerate(names)}
    frame = pl.DataFrame(
        {ROW_NUMBER: [number for number, _ in even], **cells}, schema={ROW_NUMBER: pl.Int64, **dict.fromkeys(names, pl.String)}
    )
    rows = without_blank_rows(blanks_to_null(frame))
    return count, Block(rows, ragged, blank=count - len(rows) - len(ragged))
