"""A mapping's first draft: every sheet and header of a file, as YAML to be edited.

Belongs here: guessing the header row and writing the text. Does not: guessing what a column means; a person decides that.
"""

import io
from pathlib import Path

import polars as pl
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from pipelines.extract.delivery import SourceError
from pipelines.extract.encoding import encoding_of
from pipelines.extract.grid import grid_table
from pipelines.extract.mapping import HeaderRow
from pipelines.extract.sniff import sniff
from pipelines.extract.table import HEADER_DEPTH, Table, blanks_to_null, is_nameless
from pipelines.extract.text_table import text_table
from pipelines.extract.worker import RawSheet, shared_worker

HEAD = """# Draft made from {file}. Move each header you need from `attributes:` to `columns:` (field: header); see docs/mapping.md.
# Then name the key columns, and where the delivery's date comes from. Headers left out are kept as extra, never lost.
"""


def draft_mapping(path: Path, entity: str = "opportunity") -> str:
    """YAML that `load_mapping` accepts as it stands: every header an attribute. Raises SourceError for a file that cannot be read."""
    document = {
        "version": 1,
        "delivery": "full",
        "delivered_at": {"arrival": True},
        "sheets": [_sheet(name, row, table, entity) for name, row, table in _tables(path)],
    }
    text = io.StringIO()
    yaml = YAML()
    yaml.width = 140
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(document, text)
    return HEAD.format(file=path.name) + text.getvalue()


def _tables(path: Path) -> list[tuple[str | None, int, Table]]:
    """(sheet name or None for text, header row, table) of each sheet that holds a cell."""
    if sniff(path) == "text":
        encoding = encoding_of(path)
        return [(None, 1, text_table(path, encoding, "auto", HeaderRow(row=1)))]
    found: list[tuple[str | None, int, Table]] = []
    for index in range(len(shared_worker().sheets(path))):
        raw = shared_worker().sheet(index)
        if raw.cells.height:
            row = _header_row(raw)
            found.append((raw.name, row, grid_table(raw, HeaderRow(row=row), path.name)))
    if not found:
        raise SourceError("FNL-201", file=path.name)
    return found


def _header_row(raw: RawSheet) -> int:
    """The first row that fills as many cells as the fullest of the first rows, nearly."""
    head = blanks_to_null(raw.cells).head(HEADER_DEPTH)
    filled = head.select(pl.sum_horizontal(pl.all().is_not_null())).to_series().to_list()
    return next(index for index, count in enumerate(filled, start=1) if count * 10 >= max(filled) * 8)


def _sheet(name: str | None, row: int, table: Table, entity: str) -> dict:
    headers = [DoubleQuotedScalarString(header) for header in table.headers if not is_nameless(header)]
    record = {"entity": entity, "content_key": "all", "columns": {}, "attributes": dict.fromkeys(headers, "text")}
    return {"sheet": DoubleQuotedScalarString(name) if name else None, "header": {"row": row}, "records": [record]}
