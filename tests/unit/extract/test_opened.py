"""Deliveries of one file: date, scope, holds, notes, plans."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from pipelines.extract.delivery import SourceError

RECORD = {"entity": "opportunity", "key": ["編號"], "columns": {"stage": "階段"}}
ROWS = [["編號", "階段"], ["D1", "談判"]]


def mapped(**how: Any) -> dict:
    return {"delivered_at": how, "sheets": [{"records": [RECORD]}]}


def test_the_date_and_scope_of_a_file_name(bench: Any) -> None:
    path = bench.workbook({"s": ROWS}, name="週報_王小明_20260131.xlsx")
    (delivery,) = bench.deliveries(path, {**mapped(file_name=r"週報_(?P<rep>.+)_(?P<date>\d{8})\.xlsx"), "scope": "{rep}"})
    assert (delivery.scope, delivery.declared_date) == ("王小明", date(2026, 1, 31))
    assert delivery.delivered_at == datetime(2026, 1, 31, 15, 59, 59)  # 23:59:59 in Taipei


def test_a_roc_date_in_the_file_name(bench: Any) -> None:
    path = bench.text("編號,階段\nD1,x\n", name="週報1150131.csv")
    (delivery,) = bench.deliveries(path, mapped(file_name=r"(?P<date>\d{7})", format="roc:yyymmdd"))
    assert delivery.declared_date == date(2026, 1, 31)


def test_the_last_second_on_a_day_of_23_hours(bench: Any) -> None:
    (delivery,) = bench.deliveries(bench.text("編號,階段\n"), mapped(declared="2026-03-08"), zone="America/New_York")
    assert delivery.delivered_at == datetime(2026, 3, 9, 3, 59, 59)  # 23:59:59 at UTC-4


def test_a_cell_is_found_by_its_address_even_where_the_sheet_starts_at_b3(bench: Any) -> None:
    path = bench.folder / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("s")
        sheet.write_string("D3", "2026/1/31")
        sheet.write_row("B5", ["編號", "階段"])
        sheet.write_row("B6", ["D1", "談判"])
    mapping = mapped(cell={"sheet": 0, "cell": "D3"}, format="%Y/%m/%d")
    mapping["sheets"][0]["header"] = {"labels": ["編號", "階段"]}
    (delivery,) = bench.deliveries(path, mapping)
    assert delivery.declared_date == date(2026, 1, 31)
    (chunk,) = delivery.chunks()
    assert chunk.accepted.select("_record_key", "_sheet", "_row_number").rows() == [("D1", "s", 6)]
    assert (chunk.counts.title, chunk.counts.blank) == (2, 3)


def test_one_delivery_a_tab(bench: Any) -> None:
    path = bench.workbook({"2026-01": ROWS, "2026-02": [["編號", "階段"], ["D1", "贏單"]], "說明": [["x"]]})
    first, second = bench.deliveries(path, mapped(sheet_name=r"^(?P<date>\d{4}-\d{2})$", format="%Y-%m"))
    assert (first.declared_date, second.declared_date) == (date(2026, 1, 1), date(2026, 2, 1))
    assert [chunk.accepted["stage"].item() for chunk in second.chunks()] == ["贏單"]
    assert [note["sheets"] for note in first.notes if note["code"] == "FNL-233"] == ["說明"]


def test_arrival_is_the_time_of_the_file(bench: Any) -> None:
    path = bench.text("編號,階段\n")
    (delivery,) = bench.deliveries(path, mapped(arrival=True))
    assert delivery.declared_date is None
    assert delivery.delivered_at == delivery.original.modified_at


def test_a_date_that_cannot_be_told_refuses_the_file(bench: Any) -> None:
    with pytest.raises(SourceError) as refusal:
        bench.deliveries(bench.text("編號,階段\n", name="週報.csv"), mapped(file_name=r"(?P<date>\d{8})"))
    assert refusal.value.message.code == "FNL-216"


def test_a_renamed_column_holds_the_delivery(bench: Any) -> None:
    (delivery,) = bench.deliveries(bench.text("編號,狀態\nD1,x\n"), mapped(declared="2026-01-31"))
    (hold,) = delivery.holds
    assert (hold["code"], hold["columns"], hold["headers"]) == ("FNL-217", "階段", "編號, 狀態")
    assert delivery.plans[0].delivered_columns == ()


def test_a_renamed_header_label_holds_too(bench: Any) -> None:
    path = bench.workbook({"s": [["週報"], ["編號", "狀態"], ["D1", "x"]]})
    mapping = mapped(declared="2026-01-31")
    mapping["sheets"][0]["header"] = {"labels": ["編號", "階段"]}
    (delivery,) = bench.deliveries(path, mapping)
    assert [hold["columns"] for hold in delivery.holds] == ["階段"]


def test_an_optional_column_is_not_missed_and_not_delivered(bench: Any) -> None:
    mapping = mapped(declared="2026-01-31")
    mapping["sheets"][0]["records"] = [{**RECORD, "columns": {"stage": "階段", "loss_reason": {"column": "原因", "optional": True}}}]
    (delivery,) = bench.deliveries(bench.text("編號,階段\nD1,x\n"), mapping)
    assert delivery.holds == []
    assert delivery.plans[0].delivered_columns == ("stage",)


def test_no_header_at_all_refuses_the_file(bench: Any) -> None:
    mapping = mapped(declared="2026-01-31")
    mapping["sheets"][0]["header"] = {"labels": ["編號", "階段"]}
    with pytest.raises(SourceError) as refusal:
        bench.deliveries(bench.text("a,b\n1,2\n"), mapping)
    assert refusal.value.message.code == "FNL-214"


def test_a_sheet_that_is_not_there(bench: Any) -> None:
    mapping = {**mapped(declared="2026-01-31")}
    mapping["sheets"][0]["sheet"] = "商機"
    with pytest.raises(SourceError) as refusal:
        bench.deliveries(bench.workbook({"s": ROWS}), mapping)
    assert (refusal.value.message.code, refusal.value.message.values["sheets"]) == ("FNL-218", "s")


def test_sheets_by_pattern_are_all_read(bench: Any) -> None:
    mapping = mapped(declared="2026-01-31")
    mapping["sheets"][0]["sheet"] = "/^北/"
    path = bench.workbook({"北一": ROWS, "南": ROWS, "北二": [["編號", "階段"], ["D2", "x"]]})
    (delivery,) = bench.deliveries(path, mapping)
    assert [(chunk.accepted["_sheet"].item(), chunk.accepted["_record_key"].item()) for chunk in delivery.chunks()] == [
        ("北一", "D1"),
        ("北二", "D2"),
    ]


def test_notes_say_encoding_unknown_columns_and_undeclared_tax(bench: Any) -> None:
    mapping = mapped(declared="2026-01-31")
    mapping["sheets"][0]["records"] = [{**RECORD, "columns": {"stage": "階段", "amount": "金額"}}]
    (delivery,) = bench.deliveries(bench.text("編號,階段,金額,備註\nD1,x,5,n\n"), mapping)
    assert [(note["code"], note.get("columns", note.get("encoding"))) for note in delivery.notes] == [
        ("FNL-231", "utf-8"), ("FNL-232", "備註"), ("FNL-234", "opportunity.amount"),
    ]  # fmt: skip


def test_the_plan_names_what_is_delivered(bench: Any) -> None:
    mapping = mapped(declared="2026-01-31")
    mapping["sheets"][0]["records"] = [{**RECORD, "columns": {"customer": "客戶", "amount": {"column": "金額", "tax": {"included": 0.05}}}}]
    (delivery,) = bench.deliveries(bench.text("編號,客戶,金額\n"), mapping)
    (plan,) = delivery.plans
    assert plan.delivered_columns == ("customer", "customer_source", "customer_by", "amount", "amount_gross")
    assert plan.has_natural_key


def test_the_saved_time_of_a_workbook(bench: Any, tmp_path: Path) -> None:
    path = bench.workbook({"s": ROWS}, created=datetime(2026, 1, 2, 3, 4, 5))
    (delivery,) = bench.deliveries(path, mapped(arrival=True))
    assert delivery.original.saved_at == datetime(2026, 1, 2, 3, 4, 5)


def test_a_hidden_sheet_is_read_and_said(bench: Any) -> None:
    path = bench.folder / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("首頁")
        hidden = book.add_worksheet("資料")
        hidden.write_row(0, 0, ["編號", "階段"])
        hidden.write_row(1, 0, ["D1", "x"])
        hidden.hide()
    mapping = mapped(declared="2026-01-31")
    mapping["sheets"][0]["sheet"] = "資料"
    (delivery,) = bench.deliveries(path, mapping)
    assert [(note["code"], note["sheets"]) for note in delivery.notes] == [("FNL-233", "首頁"), ("FNL-238", "資料")]
    assert [chunk.counts.accepted for chunk in delivery.chunks()] == [1]
