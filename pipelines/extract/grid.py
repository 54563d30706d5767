"""One sheet of a workbook as a Table.

Belongs here: from the reader's cells to headers and rows. Does not: the reader itself (worker.py).
"""

from collections.abc import Iterator

import polars as pl

from pipelines.extract.mapping import HeaderRow
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
from pipelines.extract.worker import RawSheet

CHUNK_ROWS = 50_000


def grid_table(raw: RawSheet, header: HeaderRow, file: str) -> Table:
    """Raises SourceError FNL-214 when the header cannot be found."""
    cells = blanks_to_null(raw.cells)
    missing: list[str] = []
    if header.none:
        index, names = -1, header_names([*header.columns, *[None] * (cells.width - len(header.columns))])
    else:
        index, missing = header_index(cells.head(max(HEADER_DEPTH, header.row or 0)).rows(), header, f"{file}, {raw.name}")  # type: ignore[arg-type]
        names = header_names(list(cells.row(index))) if index < cells.height else []
    names = names[: cells.width] if not header.none else names
    cells = cells.with_columns(pl.lit(None, pl.String).alias(f"c{number}") for number in range(cells.width, len(names)))
    return Table(raw.name, names, _blocks(cells.rename(dict(zip(cells.columns, names, strict=False))), index), missing)


def _blocks(cells: pl.DataFrame, header_index: int) -> Iterator[Block]:
    numbered = cells.with_row_index(ROW_NUMBER, offset=1).with_columns(pl.col(ROW_NUMBER).cast(pl.Int64))
    above = numbered.head(header_index + 1)
    title = len(without_blank_rows(above))
    body = numbered.slice(header_index + 1)
    for start in range(0, max(len(body), 1), CHUNK_ROWS):
        part = body.slice(start, CHUNK_ROWS)
        rows = without_blank_rows(part)
        first = start == 0
        yield Block(rows, no_ragged(), len(part) - len(rows) + (len(above) - title if first else 0), title if first else 0)
