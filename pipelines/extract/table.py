"""A sheet or text file as tables of text under its own headers, with true row numbers: what records are made from.

Belongs here: finding the header, naming columns, counting blank and title rows. Does not: where cells come from or what they mean.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from pipelines.extract.delivery import SourceError
from pipelines.extract.mapping import HeaderRow

HEADER_DEPTH = 50
ROW_NUMBER = "_row_number"
RAGGED_SCHEMA = pl.Schema([(ROW_NUMBER, pl.Int64()), ("cells", pl.List(pl.String)), ("code", pl.String())])


@dataclass
class Block:
    """A bounded slice of a table. rows: `_row_number` + one String column per header, no blank rows, blank cells NULL."""

    rows: pl.DataFrame
    ragged: pl.DataFrame  # RAGGED_SCHEMA: rows whose cells do not fit the header; `code` says why
    blank: int = 0
    title: int = 0  # the header and what stands above it

    @property
    def source(self) -> int:
        return len(self.rows) + len(self.ragged) + self.blank + self.title


@dataclass
class Table:
    """One sheet ('' for a text file). `headers` are unique; `blocks` may be read once, at least one comes."""

    sheet: str
    headers: list[str]
    blocks: Iterator[Block]
    missing_labels: list[str] = field(default_factory=list)


def header_names(cells: list[str | None]) -> list[str]:
    """Cleaned, unique column names: white space collapsed, `#3` for a header-less third column, `名稱#2` for a second 名稱."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = re.sub(r"\s+", " ", cell or "").strip() or f"#{number}"
        repeated = sum(1 for other in names if other == name or other.startswith(f"{name}#"))
        names.append(f"{name}#{repeated + 1}" if repeated else name)
    return names


def is_nameless(header: str) -> bool:
    """A name given by us to a column without header."""
    return re.fullmatch(r"#\d+", header) is not None


def same_header(one: str, other: str) -> bool:
    return one == other or _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()


def header_index(first_rows: list[list[str | None]], header: HeaderRow, where: str) -> tuple[int, list[str]]:
    """Index of the header row and the labels it lacks. Raises SourceError FNL-214 when no row holds any of the labels."""
    if header.row is not None:
        return header.row - 1, []
    labels = header.labels or []
    best, best_missing = -1, labels
    for index, cells in enumerate(first_rows[:HEADER_DEPTH]):
        missing = [label for label in labels if not any(cell and same_header(cell, label) for cell in cells)]
        if len(missing) < len(best_missing):
            best, best_missing = index, missing
    if best < 0:
        raise SourceError("FNL-214", where=where, labels=", ".join(labels), depth=HEADER_DEPTH)
    return best, best_missing


def blanks_to_null(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells of white space alone become NULL; the others stay as written."""
    text = pl.col(pl.String)
    return frame.with_columns(pl.when(text.str.strip_chars() != "").then(text))


def without_blank_rows(frame: pl.DataFrame) -> pl.DataFrame:
    columns = [name for name in frame.columns if name != ROW_NUMBER]
    return frame.filter(pl.any_horizontal(pl.col(columns).is_not_null())) if columns else frame.clear()


def no_ragged() -> pl.DataFrame:
    return pl.DataFrame(schema=RAGGED_SCHEMA)
