"""The workbook of a template: one sheet to fill in, one of choices, one that explains.

Belongs here: layout file -> xlsx. Does not: which words the playbook offers (template_choices.py) or how the sheet is read (its mapping).
Every cell is written as text; nothing becomes a formula.
"""

from datetime import date, datetime, time
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import Field
from ruamel.yaml import YAML

from pipelines.cli.template_choices import choices
from pipelines.settings.company import CompanyFolder
from pipelines.settings.strict import Strict

ROWS = 2000  # rows that carry dropdowns and formats
FORMATS = {"text": "@", "date": "yyyy-mm-dd", "decimal": "#,##0.00"}
LISTS, GUIDE = "選項 Lists", "說明 Guide"


class Column(Strict):
    header: str
    width: float = 16
    kind: Literal["text", "date", "decimal"] = "text"
    choices: str | None = None
    required: bool = False


class Layout(Strict):
    sheet: str
    file: str  # name of the file; {date} and {name} are filled in
    guide: dict[str, str]
    columns: list[Column] = Field(min_length=1)


def read_layout(kind: str) -> Layout:
    """The shipped layout of a template: opportunity, diary or customer."""
    text = (resources.files("pipelines.defaults") / "templates" / f"{kind}.yaml").read_text(encoding="utf-8")
    return Layout.model_validate(YAML(typ="safe").load(text))


def write_workbook(target: Path, layout: Layout, folder: CompanyFolder, created: date) -> None:
    """Write `target`. `created` is the workbook's own date, so that the same call gives the same workbook."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(target), options) as book:
        book.set_properties({"title": layout.sheet, "created": datetime.combine(created, time())})
        sheet, lists, guide = (book.add_worksheet(name) for name in (layout.sheet, LISTS, GUIDE))
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "text_wrap": True, "valign": "top"})
        asked = book.add_format({"bold": True, "bg_color": "#FCE4D6", "text_wrap": True, "valign": "top"})
        for number, column in enumerate(layout.columns):
            sheet.set_column(number, number, column.width, book.add_format({"num_format": FORMATS[column.kind]}))
            sheet.write_string(0, number, column.header, asked if column.required else bold)
            _validate(sheet, number, column, _write_list(lists, number, column, folder, bold))
        sheet.freeze_panes(1, 1)
        guide.set_column(0, 0, 100)
        guide.write_string(0, 0, layout.guide[folder.settings.language])
        required = ", ".join(column.header for column in layout.columns if column.required)
        guide.write_string(1, 0, f"{'必填' if folder.settings.language == 'zh-Hant' else 'Required'}: {required}")


def _write_list(lists, number: int, column: Column, folder: CompanyFolder, bold) -> str | None:  # type: ignore[no-untyped-def]
    """The choices of a column as one column of the second sheet; the reference to it, or None when there are none."""
    words = choices(column.choices, folder) if column.choices else []
    if not words:
        return None
    lists.write_string(0, number, column.header, bold)
    lists.set_column(number, number, column.width)
    for row, word in enumerate(words, start=1):
        lists.write_string(row, number, word)
    from xlsxwriter.utility import xl_range_abs

    return f"='{LISTS}'!{xl_range_abs(1, number, len(words), number)}"


def _validate(sheet, number: int, column: Column, reference: str | None) -> None:  # type: ignore[no-untyped-def]
    """A dropdown warns and lets pass: a word the playbook lacks becomes an issue, never a lost row."""
    rule: dict[str, object] | None = None
    if reference:
        rule = {"validate": "list", "source": reference, "error_type": "warning"}
    elif column.kind == "date":
        rule = {"validate": "date", "criteria": ">=", "value": date(1990, 1, 1), "error_type": "warning"}
    elif column.kind == "decimal":
        rule = {"validate": "decimal", "criteria": ">=", "value": -1e15, "error_type": "warning"}
    if rule:
        sheet.data_validation(1, number, ROWS, number, rule)
