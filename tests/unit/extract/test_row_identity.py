"""Whatever a CSV file holds: every record is accepted, refused, blank or title, and cells come back as written."""

import csv
import io
import tempfile
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.extract import text_table as module
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


PLAIN = st.text(alphabet="ab1 客\0", max_size=3)
QUOTED = st.sampled_from(['"a"', '"a,b"', '"', '""', '"x"y', 'a"b', '"a""b"', '"" ', ' "a"'])
ENDS = st.one_of(st.just("\n"), st.sampled_from(["\n", "\r\n", "\r", ""]))
ANYTHING = st.text(alphabet='ab,"\n\r\0 客', max_size=60)


def lines_of(width: int) -> st.SearchStrategy[str]:
    """Mostly lines of `width` cells, some with quotation marks, some one cell short: then a quoted comma can make up for it."""
    plain = st.lists(PLAIN, min_size=width, max_size=width)
    quoted = st.lists(st.one_of(PLAIN, QUOTED), min_size=max(width - 1, 1), max_size=width)
    return st.lists(st.tuples(st.one_of(plain, plain, quoted).map(",".join), ENDS).map("".join), max_size=5).map("".join)


FILES = st.sampled_from(["a", "a,b", "a,b,c"]).flatmap(
    lambda header: st.tuples(st.just(header), st.one_of(lines_of(len(header.split(","))), ANYTHING))
)


def blocks_of(text: str, header: str) -> list[tuple] | tuple:
    """Everything a file's blocks say, or the code and values of its refusal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(f"{header}\n{text}".encode())
        try:
            blocks = list(text_table(path, "utf-8", ",", HeaderRow(row=1)).blocks)
        except SourceError as refusal:
            return refusal.message.code, refusal.message.values
    return [(block.rows.rows(), block.ragged.rows(), block.blank, block.title) for block in blocks]


@settings(max_examples=400, deadline=None)
@given(FILES, st.integers(1, 5))
def test_many_lines_at_once_are_read_as_record_by_record(file: tuple[str, str], block: int) -> None:
    header, text = file
    with patch.object(module, "CHUNK_ROWS", block):
        at_once = blocks_of(text, header)
        with patch.object(module, "_parsed", lambda *_: None):
            assert at_once == blocks_of(text, header)


def test_lines_without_quotation_marks_are_not_counted_again() -> None:
    with patch.object(module, "_counted", side_effect=AssertionError):
        assert blocks_of("1,x\r\n 2 ,客\n", "a,b") == [([(2, "1", "x"), (3, " 2 ", "客")], [], 0, 1)]


def test_a_cell_too_long_is_refused_whichever_way_it_is_read() -> None:
    long = "x" * (module.LONGEST_CELL + 1)
    refusals = [blocks_of("1,2\n" * 60 + f"{cell},2\n", "a,b") for cell in (long, f'"{long}"')]
    assert [(code, values["row"]) for code, values in refusals] == [("FNL-215", 62)] * 2
