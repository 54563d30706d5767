"""Workbook cells: dates, errors, booleans, merged cells, hidden sheets, row numbers."""

from datetime import date, datetime
from pathlib import Path

import xlsxwriter

from pipelines.extract.mapping import HeaderRow
from pipelines.extract.worker import Worker


def test_cells_as_the_worker_gives_them(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy/mm/dd"})
        sheet = book.add_worksheet("一")
        sheet.write(2, 1, date(2026, 1, 2), day)
        sheet.write(2, 2, datetime(2026, 1, 2, 13, 45, 30), day)
        sheet.write(2, 3, 0.1)
        sheet.write(2, 4, 886912345678)
        sheet.write_formula(2, 5, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 6, "=1+1", None, 2)
        sheet.write(2, 7, True)
        sheet.write_string(2, 8, " 003 ")
        sheet.merge_range(4, 1, 5, 2, "merged")
        book.add_worksheet("藏").hide()
    worker = Worker()
    try:
        assert worker.sheets(path) == ["一", "藏"]
        raw, hidden = worker.sheet(0), worker.sheet(1)
    finally:
        worker.close()
    assert (raw.first_column, raw.is_visible, hidden.is_visible) == (1, True, False)
    assert raw.cells.rows() == [
        (None,) * 8,
        (None,) * 8,
        ("2026-01-02 00:00:00", "2026-01-02 13:45:30", "0.1", "886912345678", "#DIV/0!", "2", "true", " 003 "),
        (None,) * 8,
        ("merged", *(None,) * 7),
    ]


def test_dates_of_a_1904_workbook(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        book.add_worksheet().write(0, 0, date(2026, 1, 2), book.add_format({"num_format": "yyyy/mm/dd"}))
    worker = Worker()
    try:
        worker.sheets(path)
        assert worker.sheet(0).cells.rows() == [("2026-01-02 00:00:00",)]
    finally:
        worker.close()


def test_text_after_row_1200_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for row in range(1500):
            sheet.write(row, 0, row if row != 1400 else "text")
    worker = Worker()
    try:
        worker.sheets(path)
        cells = worker.sheet(0).cells["c0"].to_list()
    finally:
        worker.close()
    assert (len(cells), cells[1399], cells[1400], cells[1499]) == (1500, "1399", "text", "1499")


def test_header_options_need_exactly_one_way() -> None:
    assert HeaderRow(row=3).row == 3
