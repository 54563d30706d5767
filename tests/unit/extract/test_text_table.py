"""CSV files: every record accepted, blank or refused, with its row number."""

from pathlib import Path

import pytest

from pipelines.extract import text_table as module
from pipelines.extract.delivery import SourceError
from pipelines.extract.mapping import HeaderRow
from pipelines.extract.text_table import text_table


def read(folder: Path, text: str, header: HeaderRow | None = None, delimiter: str = "auto") -> tuple[list, list, dict]:
    """(good rows, ragged rows as (number, cells, code), counts)."""
    path = folder / "x.csv"
    path.write_text(text, encoding="utf-8", newline="")
    blocks = list(text_table(path, "utf-8", delimiter, header or HeaderRow(row=1)).blocks)
    counts = {name: sum(getattr(block, name) for block in blocks) for name in ("source", "blank", "title")}
    return [row for block in blocks for row in block.rows.rows()], [row for block in blocks for row in block.ragged.rows()], counts


def test_quotes_line_breaks_and_blank_rows(tmp_path: Path) -> None:
    rows, ragged, counts = read(tmp_path, 'a,b\n1,"x""y\nz"\n\n , \n4,5" pipe\n')
    assert rows == [(2, "1", 'x"y\nz'), (5, "4", '5" pipe')]
    assert ragged == []
    assert counts == {"source": 5, "blank": 2, "title": 1}


def test_ragged_rows_are_refused_not_lost(tmp_path: Path) -> None:
    rows, ragged, counts = read(tmp_path, "a,b,c\n1,2\n1,2,3,4\n1,2,3,\n7,8,9")
    assert rows == [(4, "1", "2", "3"), (5, "7", "8", "9")]  # an empty cell too many does no harm
    assert ragged == [(2, ["1", "2"], "FNL-225"), (3, ["1", "2", "3", "4"], "FNL-225")]
    assert counts["source"] == 5


def test_quotation_marks_out_of_place_refuse_that_row_alone(tmp_path: Path) -> None:
    rows, ragged, _ = read(tmp_path, 'a,b\n1,"x"y\n2,z\n')
    assert rows == [(3, "2", "z")]
    assert [(number, code) for number, _, code in ragged] == [(2, "FNL-226")]


def test_text_behind_a_closing_mark_is_refused_even_where_a_reader_would_take_it(tmp_path: Path) -> None:
    rows, ragged, _ = read(tmp_path, 'a,b\n1,"" "\n2,z\n')
    assert rows == [(3, "2", "z")]
    assert [(number, code) for number, _, code in ragged] == [(2, "FNL-226")]


def test_a_quotation_mark_left_open_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refusal:
        read(tmp_path, 'a,b\n1,2\n3,"open\n4,5\n')
    assert (refusal.value.message.code, refusal.value.message.values["row"]) == ("FNL-215", 3)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    rows, _, _ = read(tmp_path, f"a{delimiter}b\n1{delimiter}2\n")
    assert rows == [(2, "1", "2")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    rows, ragged, _ = read(tmp_path, end.join(["a,b", "1,2", "3,4", ""]))
    assert (rows, ragged) == ([(2, "1", "2"), (3, "3", "4")], [])


def test_header_names_are_unique_and_complete(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('名稱,名稱,,"電 話\n一"\n1,2,3,4\n', encoding="utf-8")
    assert text_table(path, "utf-8", "auto", HeaderRow(row=1)).headers == ["名稱", "名稱#2", "#3", "電 話 一"]


def test_header_by_labels_counts_what_stands_above_as_title(tmp_path: Path) -> None:
    rows, _, counts = read(tmp_path, "週報,\n,\n編號,階段\n1,x\n", HeaderRow(labels=["編號", "階段"]))
    assert rows == [(4, "1", "x")]
    assert counts == {"source": 4, "blank": 1, "title": 2}


def test_a_file_without_header(tmp_path: Path) -> None:
    rows, _, counts = read(tmp_path, "1,x\n2,y\n", HeaderRow(none=True, columns=["id", "name"]))
    assert rows == [(1, "1", "x"), (2, "2", "y")]
    assert counts["title"] == 0


def test_blocks_give_the_same_rows_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a,b\n" + "".join(f'{n},"line\n{n}"\n' if n % 3 else f"{n}\n\n" for n in range(1, 30))
    whole = read(tmp_path, text)
    monkeypatch.setattr(module, "CHUNK_ROWS", 4)
    assert read(tmp_path, text) == whole
    assert len(whole[0]) == 20 and len(whole[1]) == 9 and whole[2]["blank"] == 9


def test_a_header_alone_is_one_title_row(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n") == ([], [], {"source": 1, "blank": 0, "title": 1})
