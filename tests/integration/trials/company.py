"""A company of eight deals, two reps' diaries and one list that a web portal writes; written by hand, file by file.

Belongs here: what the files say and when they were saved. Does not: running nights (nights.py) or what should come of it (the tests).
"""

import os
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from pipelines.settings.load import load_company

DEFAULTS = Path(__file__).parents[3] / "pipelines" / "defaults"
SETTINGS = """
company: 試驗公司
language: zh-Hant
time_zone: Asia/Taipei
base_currency: TWD
sources:
  weekly:
    mapping: mappings/weekly.yaml
    files: ["*週報*.xlsx"]
  diary:
    mapping: mappings/diary.yaml
    folder: inbox/diary
    files: ["*"]
    fresh_within_days: 7
  portal:
    mapping: mappings/portal.yaml
    files: ["portal.csv"]
"""
WEEKLY = r"""
version: 1
delivery: full
delivered_at: {file_name: '週報_(?P<date>\d{8})\.xlsx', format: "%Y%m%d"}
sheets:
  - header: {labels: [商機編號, 階段]}
    records:
      - entity: opportunity
        key: [商機編號]
        columns:
          opportunity_name: 名稱
          owner: 業務
          stage: 階段
          amount: {column: 金額, tax: excluded, on_bad: refuse}
          currency_code: {constant: TWD}
          created_date: 建立日期
"""
DIARY = r"""
version: 1
delivery: full
scope: "{rep}"
delivered_at: {file_name: '日誌_(?P<rep>[^_]+)_(?P<date>\d{8})\.csv', format: "%Y%m%d"}
sheets:
  - records:
      - entity: activity
        key: [編號]
        columns: {occurred_date: 日期, owner: 業務, activity_type: 類型, content_text: 內容}
"""
PORTAL = """
version: 1
delivery: full
sheets:
  - records:
      - entity: opportunity
        key: [id]
        columns:
          opportunity_name: name
          owner: owner
          stage: stage
          amount: {column: amount, tax: excluded}
          currency_code: {constant: TWD}
          created_date: created
          closed_at: {column: closed, zone: company}
"""
HEADER = ("商機編號", "名稱", "業務", "階段", "金額", "建立日期")
FIRST = [(f"D{number}", f"案 {number}", "小明", "建立聯絡", number * 1000, "2026-06-01") for number in range(1, 9)]
SECOND = [(*row[:3], "確定需求", *row[4:]) if row[0] in ("D1", "D2") else row for row in FIRST]


def make(root: Path) -> None:
    """The folder with its configuration, two weeks and the diaries of both reps; 李 sends the first only."""
    (root / "mappings").mkdir(parents=True)
    (root / "inbox" / "diary").mkdir(parents=True)
    shutil.copytree(DEFAULTS / "playbook", root / "playbook")
    (root / "funnel.yaml").write_text(SETTINGS, encoding="utf-8")
    for name, text in {"weekly": WEEKLY, "diary": DIARY, "portal": PORTAL}.items():
        (root / "mappings" / f"{name}.yaml").write_text(text, encoding="utf-8")
    load_company(root)
    week(root, "20260607", FIRST, datetime(2026, 6, 7, 9, tzinfo=UTC))
    week(root, "20260614", SECOND, datetime(2026, 6, 14, 9, tzinfo=UTC))
    for rep, day in (("王", "20260607"), ("李", "20260607"), ("王", "20260614")):
        diary(root / "inbox" / "diary" / f"日誌_{rep}_{day}.csv", rep)
    portal(root, "談判", "", datetime(2026, 6, 14, 2, tzinfo=UTC))  # 10:00 in Taipei


def week(root: Path, day: str, rows: Iterable[tuple], saved: datetime, header: tuple[str, ...] = HEADER) -> Path:
    """A weekly workbook; `saved` is what the workbook itself says of its last save, and the file's time unless that is set later."""
    path = root / "inbox" / f"週報_{day}.xlsx"
    book = xlsxwriter.Workbook(path)
    book.set_properties({"created": saved.replace(tzinfo=None)})
    sheet = book.add_worksheet()
    for number, row in enumerate([header, *rows]):
        sheet.write_row(number, 0, row)
    book.close()
    os.utime(path, (saved.timestamp(), saved.timestamp()))
    return path


def diary(path: Path, rep: str) -> None:
    path.write_text(f"編號,日期,業務,類型,內容\n{rep}-1,2026-06-05,{rep},電話,初談\n", encoding="utf-8")


def portal(root: Path, stage: str, closed: str, arrived: datetime) -> None:
    """The portal's list of one deal P1; it carries no date, so its arrival dates it."""
    path = root / "inbox" / "portal.csv"
    path.write_text(f"id,name,owner,stage,amount,created,closed\nP1,入口案,小華,{stage},5000,2026-06-02,{closed}\n", encoding="utf-8")
    os.utime(path, (arrived.timestamp(), arrived.timestamp()))
