"""Whatever a CSV file holds: every record is accepted, refused, blank or title, and cells come back as written."""

import csv
import io
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.extract.delivery import SourceError
from pipelines.extract.mapping import HeaderRow, Mapping
from pipelines.extract.opened import Opening
from pipelines.extract.original import original_of
from pipelines.extract.text_table import text_table

CELL = st.text(alphabet='ab,"\n ;1客', max_size=4)


def blank(row: list[str]) -> bool:
    return not any(cell.strip() for cell in row)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=12))
def test_cells_written_by_the_csv_module_come_back(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["a", "b", "c"], *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(text.getvalue().encode())
        blocks = list(text_table(path, "utf-8", ",", HeaderRow(row=1)).blocks)
    read = [row for block in blocks for row in block.rows.rows()]
    expected = [(number, *[cell if cell.strip() else None for cell in row]) for number, row in enumerate(rows, start=2) if not blank(row)]
    assert read == expected
    assert sum(block.blank for block in blocks) == sum(map(blank, rows))


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet='ab,"\n1', max_size=60))
def test_every_record_of_any_text_is_accounted_for(body: str) -> None:
    record = {"entity": "opportunity", "key": ["a"], "columns": {"amount": {"column": "b", "on_bad": "refuse"}}}
    mapping = Mapping.model_validate({"version": 1, "delimiter": ",", "delivered_at": {"arrival": True}, "sheets": [{"records": [record]}]})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(b"a,b\n" + body.encode())
        (delivery,) = Opening("x", mapping, original_of(path, path.name), ZoneInfo("UTC")).deliveries()
        try:
            chunks = list(delivery.chunks())
        except SourceError as refusal:
            assert refusal.message.code == "FNL-215"
            return
    counts = [chunk.counts for chunk in chunks]
    assert sum(one.source for one in counts) == 1 + len(list(csv.reader(io.StringIO(body, newline=""))))
    assert all(one.source == one.accepted + one.refused + one.blank + one.title for one in counts)
    assert sum(len(chunk.accepted) for chunk in chunks) == sum(one.accepted for one in counts)
    assert sum(len(chunk.refused) for chunk in chunks) == sum(one.refused for one in counts)
