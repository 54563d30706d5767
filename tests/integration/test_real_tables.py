"""Real exports nobody here made: every row accounted for, in every encoding, no digit lost."""

import csv
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines.extract.delivery import Delivery
from pipelines.extract.mapping import Mapping
from pipelines.extract.opened import Opening
from pipelines.extract.original import original_of

DATA = Path(os.environ.get("FUNNEL_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"real data absent: {DATA} (set FUNNEL_REAL_DATA)")
TABLES = [*sorted(DATA.glob("maven_crm/*.csv")), *sorted(DATA.glob("zoho_crm/*.csv")), *sorted(DATA.glob("odoo17/sql/*.csv"))]


def read(path: Path, record: dict) -> Delivery:
    mapping = Mapping.model_validate(
        {"version": 1, "delivered_at": {"arrival": True}, "sheets": [{"records": [{"entity": "customer", **record}]}]}
    )
    (delivery,) = Opening("real", mapping, original_of(path, path.name), ZoneInfo("Asia/Taipei")).deliveries()
    return delivery


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_row_is_there(path: Path) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        records = list(csv.reader(file))
    chunks = list(read(path, {"content_key": "all"}).chunks())
    counts = [chunk.counts for chunk in chunks]
    assert sum(one.source for one in counts) == len(records)
    assert sum(one.title for one in counts) == 1
    assert sum(one.refused for one in counts) == 0
    assert sum(one.accepted for one in counts) == sum(any(cell.strip() for cell in record) for record in records[1:])


def test_the_registry_is_the_same_in_both_encodings() -> None:
    folder = DATA / "tw_registry"
    names = ("t187ap03_L_nopersons.cp950.csv", "t187ap03_L_nopersons.utf8bom.csv")
    record = {
        "key": ["公司代號"],
        "columns": {"customer_name": "公司名稱", "tax_id": "營利事業統一編號", "phone": {"column": "總機電話", "region": "TW"}},
    }
    first, second = (read(folder / name, record) for name in names)
    assert [note["encoding"] for delivery in (first, second) for note in delivery.notes if note["code"] == "FNL-231"] == [
        "cp950",
        "utf-8-sig",
    ]
    rows = [pl.concat([chunk.accepted for chunk in delivery.chunks()]) for delivery in (first, second)]
    assert len(rows[0]) == 992
    assert rows[0].drop("_extra", "_raw").equals(rows[1].drop("_extra", "_raw"))
    assert rows[0]["tax_id"].str.contains(r"^\d{8}$").all()  # leading zeros are there


def test_ids_of_17_digits_keep_every_digit() -> None:
    path = DATA / "zoho_crm" / "Events.csv"
    with path.open(encoding="utf-8", newline="") as file:
        expected = [record["EVENTID"] for record in csv.DictReader(file)]
    keys = [key for chunk in read(path, {"key": ["EVENTID"]}).chunks() for key in chunk.accepted["_record_key"]]
    assert keys == expected
    assert keys[0] == "25842000000262376"  # a float64 would say …262380


def test_a_genuine_old_xls_in_simplified_chinese() -> None:
    path = DATA / "cn_excel" / "示例 - 超市.xls"
    (chunk,) = read(
        path, {"key": ["行 ID"], "columns": {"customer_name": "客户名称"}, "attributes": {"销售额": "decimal", "订单日期": "date"}}
    ).chunks()
    assert (chunk.counts.accepted, chunk.counts.title, len(chunk.problems)) == (10_000, 1, 0)
    assert chunk.accepted["_attributes"].str.contains(r'^\{"订单日期":"date:20\d\d-\d\d-\d\d","销售额":"decimal:[0-9.]+"\}$').all()
