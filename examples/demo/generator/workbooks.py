"""Writing the weekly reports and the diaries as workbooks, byte for byte the same every time.

Belongs here: titles, headers, totals, formats and the saved time. Does not: which rows there are (report.py, activities.py).
"""

from datetime import date, datetime, timedelta
from pathlib import Path

from xlsxwriter import Workbook

from generator.activities import Activity
from generator.deals import Deal
from generator.plants import COPIED_WEEK, LATE_WEEK, layout
from generator.report import COLUMNS, Row
from generator.world import CODES, DIARY_ALIAS, WEEKS

DIARY_COLUMNS = [
    "日期",
    "業務",
    "客戶名稱",
    "商機編號",
    "類型",
    "目的",
    "內容",
    "客戶反應",
    "地點",
    "待解決問題",
    "需要協助",
    "時間分類",
    "分鐘",
]
LINE_COLUMNS = ["商機編號", "產品名稱", "數量"]


def saved_at(week: int) -> datetime:
    """When the assistant saved the report of a week (UTC): Sunday evening, but the late week two days after the next one."""
    return datetime.combine(WEEKS[week - 1], datetime.min.time()) + timedelta(hours=10, minutes=week, days=9 if week == LATE_WEEK else 0)


def write_report(folder: Path, week: int, rows: list[Row], deals: dict[str, Deal], copy: bool = False) -> str:
    """One weekly workbook: title, cut-off date, blank, header, rows, total; and a sheet of product lines. Returns its name."""
    day = WEEKS[week - 1]
    name = f"週報_{day:%Y%m%d}{'_副本' if copy else ''}.xlsx"
    with _workbook(folder / name, saved_at(week) + timedelta(days=1 if copy else 0)) as book:
        formats = _formats(book)
        sheet = book.add_worksheet("商機週報")
        columns = COLUMNS[layout(week)]
        sheet.write_string(0, 0, "大鼎工業設備股份有限公司 商機週報", formats["title"])
        sheet.write_string(1, 0, f"報表截止：{day:%Y/%m/%d}")
        for column, header in enumerate(columns):
            sheet.write_string(3, column, header, formats["header"])
        for number, row in enumerate(rows, 4):
            for column, value in enumerate(row.cells):
                _cell(sheet, number, column, value, formats)
        amount = next(index for index, header in enumerate(columns) if "金額" in header)
        sheet.write_string(4 + len(rows), 0, "合計", formats["header"])
        sheet.write_number(4 + len(rows), amount, sum(row.amount or 0 for row in rows))
        lines = book.add_worksheet("產品明細")
        for column, header in enumerate(LINE_COLUMNS):
            lines.write_string(0, column, header, formats["header"])
        for number, line in enumerate(product_lines(rows, deals), 1):
            for column, value in enumerate(line):
                _cell(lines, number, column, value, formats)
    return name


def product_lines(rows: list[Row], deals: dict[str, Deal]) -> list[list]:
    """[deal, product name, quantity]; one name in fifteen is typed without its space."""
    codes = sorted({row.deal for row in rows if row.deal})
    return [
        [code, name.replace(" ", "") if int(code[1:]) % 15 == 7 else name, quantity]
        for code in codes
        for _, name, quantity in deals[code].products
    ]


def write_diary(folder: Path, rep: str, month_end: date, activities: list[Activity], extra: list[list]) -> tuple[str, int]:
    """One rep's diary of one month: title, blank, header, rows. `extra` are planted rows at its end. Returns name and rows written."""
    name = f"日誌_{rep}_{month_end:%Y%m%d}.xlsx"
    with _workbook(
        folder / name, datetime.combine(month_end, datetime.min.time()) + timedelta(hours=9, minutes=int(CODES[rep][1:]))
    ) as book:
        formats = _formats(book)
        sheet = book.add_worksheet("行銷日誌")
        sheet.write_string(0, 0, f"行銷日誌 {rep} {month_end:%Y年%m月}", formats["title"])
        for column, header in enumerate(DIARY_COLUMNS):
            sheet.write_string(2, column, header, formats["header"])
        rows = [diary_cells(activity) for activity in activities] + extra
        for number, cells in enumerate(rows, 3):
            for column, value in enumerate(cells):
                _cell(sheet, number, column, value, formats)
    return name, len(rows)


def diary_cells(activity: Activity) -> list:
    return [
        activity.day,
        DIARY_ALIAS.get(activity.rep, activity.rep),
        activity.customer.name if activity.customer else None,
        activity.deal,
        activity.kind,
        activity.purpose,
        activity.content,
        activity.feedback,
        activity.place,
        activity.problem,
        activity.help,
        activity.time_class,
        activity.minutes,
    ]


def write_list(file: Path, title: str, columns: list[str], rows: list[list], saved: datetime) -> None:
    """A plain list with the header in its first row."""
    with _workbook(file, saved) as book:
        formats = _formats(book)
        sheet = book.add_worksheet(title)
        for column, header in enumerate(columns):
            sheet.write_string(0, column, header, formats["header"])
        for number, cells in enumerate(rows, 1):
            for column, value in enumerate(cells):
                _cell(sheet, number, column, value, formats)


def _workbook(file: Path, saved: datetime) -> Workbook:
    book = Workbook(str(file), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties({"created": saved, "author": "業務助理"})
    return book


def _formats(book: Workbook) -> dict:
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "header": book.add_format({"bold": True, "bg_color": "#DDE6F0"}),
        "date": book.add_format({"num_format": "yyyy/mm/dd"}),
    }


def _cell(sheet, row: int, column: int, value, formats: dict) -> None:
    if value is None:
        return
    if value == "#DIV/0!":
        sheet.write_formula(row, column, "=1/0", None, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime.combine(value, datetime.min.time()), formats["date"])
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, value)


assert COPIED_WEEK != LATE_WEEK
