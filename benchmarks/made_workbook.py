"""A seeded workbook of 100,000 rows and 24 columns, as people export them: text, dates, money, phones and columns nobody mapped.

Belongs here: making input. Does not: measuring. The same bytes each time but for the time of writing inside the workbook.
"""

from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

ROWS, COLUMNS = 100_000, 24
CELLS = ROWS * COLUMNS
MAPPING = """version: 1
delivery: full
delivered_at: {file_name: 'report_(?P<date>\\d{8})\\.xlsx'}
sheets:
  - records:
      - entity: opportunity
        key: [id]
        columns: {opportunity_name: name, customer: customer, owner: owner, stage: stage, amount: {column: amount, tax: excluded}, currency_code: currency,
                  created_date: created, expected_close_date: expected, closed_date: closed, source_probability_rate: probability, lead_source: source,
                  next_step_text: next step, next_step_date: next date, is_deleted: deleted, modified_at: {column: modified, zone: UTC}}
"""
HEADERS = [
    "id", "name", "customer", "owner", "stage", "amount", "currency", "created", "expected", "closed", "probability", "source", "next step", "next date",
    "deleted", "modified", "region", "product", "quantity", "discount", "competitor", "note", "office", "campaign",
]  # fmt: skip
STAGES = ("Contact made", "Need confirmed", "Project approved", "Shortlisted", "Negotiation")


def configure_workbook(root: Path) -> None:
    """One source of a company made by `funnel init`."""
    (root / "mappings" / "report.yaml").write_text(MAPPING, encoding="utf-8")
    settings = root / "funnel.yaml"
    kept = settings.read_text(encoding="utf-8").split("\nsources:")[0]
    settings.write_text(kept + '\nsources:\n  report: {mapping: mappings/report.yaml, files: ["report_*.xlsx"]}\n', encoding="utf-8")


def write_workbook(inbox: Path, day: str) -> Path:
    path = inbox / f"report_{day.replace('-', '')}.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet, shown = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADERS)
        for number in range(1, ROWS):
            for column, cell in enumerate(_row(number)):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, shown)
                else:
                    sheet.write(number, column, cell)
    return path


def _row(n: int) -> list[str | int | float | date | bool]:
    created = date(2023, 1, 1) + timedelta(days=n * 7919 % 1000)
    return [
        f"D{n:08}", f"Deal {n}", f"Customer {n * 31 % 9973}", f"rep {n % 40}", STAGES[n % 5], 1000 + n * 104729 % 5_000_000 / 100, "TWD", created,
        created + timedelta(days=90), created + timedelta(days=n % 80), n % 10 / 10, ("web", "fair", "referral")[n % 3], f"call about item {n % 997}",
        created + timedelta(days=30), n % 50 == 0, f"{created} 09:{n % 60:02}:00", ("north", "south")[n % 2], f"P{n % 120:03}", n % 20 + 1, n % 15,
        f"competitor {n % 12}", f"spoke with buyer {n % 311}", f"office {n % 7}", f"campaign {n % 23}",
    ]  # fmt: skip
