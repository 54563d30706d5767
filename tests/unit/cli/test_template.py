"""Templates load untouched with the shipped mappings, empty or filled in, and their dropdowns are the playbook's words."""

import csv
import re
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pipelines.cli.template_workbook import read_layout
from pipelines.extract.delivery import Delivery
from pipelines.extract.files import file_deliveries
from pipelines.settings.load import load_company
from tests.unit.cli.runner import made_company, run

NAMES = {"opportunity": "opportunity_20260628.xlsx", "diary": "diary_all_20260628.xlsx", "customer": "customer_20260628.xlsx"}
FILLED = {
    "opportunity": ["A-1", "Pump", "大同", "王小明", "立項", 1200.5, "TWD", 300, "新客戶", date(2026, 5, 1), date(2026, 9, 30), None, None, "call", date(2026, 7, 2), None],
    "diary": [date(2026, 6, 3), "王小明", "拜訪", "大同", "A-1", "台北", "需求", "談了規格", "同意報價", None, None, None, 45],
    "customer": ["C-1", "大同", "12345675", "電機", "大", "北區", "台北市", "02-2345-6789", "a@b.tw", None, "王小明", "泵", "交期", "林經理", "採購", "0912-345-678"],
}  # fmt: skip
EXPECTED = {
    "opportunity": {
        "opportunity_name": "Pump",
        "stage": "立項",
        "amount": "1200.5",
        "created_date": "2026-05-01",
        "customer_by": "name_key",
    },
    "activity": {
        "occurred_date": "2026-06-03",
        "activity_type": "拜訪",
        "purpose_text": "需求",
        "content_text": "談了規格",
        "feedback_text": "同意報價",
    },
    "customer": {"customer_name": "大同", "tax_id": "12345675", "phone": "+886223456789"},
    "contact": {"contact_name": "林經理", "customer": "C-1", "phone": "+886912345678"},
}


@pytest.fixture
def root(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Path:
    return made_company(capsys, tmp_path / "c", language="zh-Hant")


def only_delivery(root: Path, source: str) -> Delivery:
    folder = load_company(root)
    (delivery,) = file_deliveries(source, folder.settings.sources[source], folder, lambda original, version: False)
    assert isinstance(delivery, Delivery)
    return delivery


@pytest.mark.parametrize("kind", NAMES)
def test_an_empty_template_is_read_without_a_complaint(capsys, monkeypatch, root, kind: str) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(root / "inbox")
    code, out, _ = run(capsys, "template", kind, "--company", root)
    assert code == 0 and NAMES[kind] in out and (root / "inbox" / NAMES[kind]).is_file()
    delivery = only_delivery(root, kind)
    assert delivery.holds == [] and delivery.declared_date == date(2026, 6, 28)
    assert sum(chunk.counts.refused + chunk.counts.accepted for chunk in delivery.chunks()) == 0


@pytest.mark.parametrize("kind", NAMES)
def test_a_filled_template_lands_every_field(root: Path, kind: str) -> None:
    layout = read_layout(kind)
    assert len(FILLED[kind]) == len(layout.columns)
    with xlsxwriter.Workbook(str(root / "inbox" / NAMES[kind])) as book:
        sheet, day = book.add_worksheet(layout.sheet), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, [column.header for column in layout.columns])
        for number, value in enumerate(FILLED[kind]):
            if isinstance(value, date):
                sheet.write_datetime(1, number, value, day)
            elif value is not None:
                sheet.write(1, number, value)
    delivery = only_delivery(root, kind)
    landed: dict[str, pl.DataFrame] = {}
    for chunk in delivery.chunks():
        landed[chunk.entity] = chunk.accepted
        assert chunk.problems.filter(pl.col("action_code") != "noted").is_empty(), chunk.problems
        assert chunk.accepted.height == 1 and "_extra" not in {
            name for name in chunk.accepted.columns if chunk.accepted[name][0] is not None
        }
    for entity, frame in landed.items():
        assert {name: frame[name][0] for name in EXPECTED[entity]} == EXPECTED[entity]


def test_dropdowns_are_the_words_of_the_playbook(capsys, root, tmp_path) -> None:  # type: ignore[no-untyped-def]
    run(capsys, "template", "opportunity", "--company", root, "--output", tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
        strings = re.findall(r"<t[^>]*>([^<]*)</t>", book.read("xl/sharedStrings.xml").decode())
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    with (root / "playbook" / "stage.csv").open(encoding="utf-8-sig") as file:
        stages = [row["stage_name_zh_hant"] for row in csv.DictReader(file)]
    assert len(stages) >= 8 and set(stages) <= set(strings)
    assert 'type="list"' in sheet and "<f>" not in re.sub(r"<formula\d>.*?</formula\d>", "", sheet)


def test_a_template_never_overwrites(capsys, root, tmp_path) -> None:  # type: ignore[no-untyped-def]
    mine = tmp_path / "mine.xlsx"
    mine.write_bytes(b"mine")
    code, _, err = run(capsys, "template", "diary", "--company", root, "--output", mine)
    assert code == 2 and "FNL-623" in err and mine.read_bytes() == b"mine"


def test_a_mapping_draft_is_a_mapping_and_lists_every_header(capsys, root, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from pipelines.extract.mapping import load_mapping

    file = tmp_path / "list.csv"
    file.write_text("編號,名稱,電話\n1,大同,02\n", encoding="utf-8")
    code, out, _ = run(capsys, "mapping", "draft", file, "--company", root, "--entity", "customer")
    assert code == 0 and "FNL-648" in out
    text = (root / "mappings" / "list.yaml").read_text(encoding="utf-8")
    assert load_mapping(root / "mappings" / "list.yaml").sheets[0].records[0].entity == "customer"
    assert all(header in text for header in ("編號", "名稱", "電話"))
    assert run(capsys, "mapping", "draft", file, "--company", root)[0] == 2
    code, _, err = run(capsys, "mapping", "draft", file, "--company", root, "--entity", "custommer", "--output", tmp_path / "x.yaml")
    assert code == 2 and "FNL-625" in err and err.rstrip().endswith("customer") and not (tmp_path / "x.yaml").exists()
