"""Salesforce as another loader left it in a database (Fivetran's sample tables), through the generic SQL source: its shape maps.

Belongs here: that its deals and their versions land. Does not: Salesforce's own API (salesforce/).
"""

import csv
import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.settings.load import load_company
from tests.integration.conftest import REAL_DATA
from tests.integration.connect.nights import land_at

DATA = REAL_DATA / "fivetran_salesforce"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="real data absent (set FUNNEL_REAL_DATA)")
SETTINGS = """
company: Loaded
time_zone: UTC
base_currency: USD
sources:
  crm: {kind: sql, mapping: mappings/crm.yaml, connection: {url: "sqlite:crm.db"}}
"""
MAPPING = """
version: 1
queries:
  deal: {sql: "select * from sf_opportunity_data"}
  change:
    sql: |
      select id || '|' || _fivetran_start as key, id, _fivetran_start, stage_name, before
      from (
          select *, lag(stage_name) over (partition by id order by _fivetran_start) as before from sf_opportunity_history_data
      ) as versions
      where stage_name is not before
  person: {sql: "select id, name, is_active from sf_user_data"}
sheets:
  - sheet: deal
    records:
      - entity: opportunity
        key: [id]
        columns:
          opportunity_name: name
          customer: account_id
          owner: owner_id
          stage: stage_name
          amount: {column: amount, tax: excluded}
          created_at: {column: created_date, zone: UTC}
          expected_close_date: close_date
          is_deleted: is_deleted
        attributes: {forecast_category: text}
  - sheet: change
    records:
      - entity: stage_change
        key: [key]
        columns: {opportunity: id, changed_at: {column: _fivetran_start, zone: UTC}, from_stage: before, to_stage: stage_name}
  - sheet: person
    records:
      - {entity: owner, key: [id], columns: {owner_name: name, is_active: is_active}}
"""


def said(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_its_deals_and_their_versions_land(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mappings", "playbook", "inbox"):
        (tmp_path / name).mkdir()
    (tmp_path / "funnel.yaml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "mappings" / "crm.yaml").write_text(MAPPING, encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "crm.db")) as database, database:
        for name in ("sf_opportunity_data", "sf_opportunity_history_data", "sf_user_data"):
            rows = said(name)
            columns = ", ".join(f'"{column}"' for column in rows[0])
            database.execute(f"create table {name} ({columns})")
            database.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", [list(row.values()) for row in rows])
    folder = load_company(tmp_path)
    (outcome,) = land_at(folder, datetime(2026, 3, 1, 18, 30), "crm", monkeypatch=monkeypatch).values()
    assert outcome.state == "landed" and outcome.rows["refused"] == 0
    deals = {
        row["_record_key"]: row for row in pl.read_parquet(folder.landing / "crm/opportunity/content/e*.parquet").iter_rows(named=True)
    }
    assert set(deals) == {row["id"] for row in said("sf_opportunity_data")} and len(deals) == 10
    for row in said("sf_opportunity_data"):
        deal = deals[row["id"]]
        assert (deal["amount"] or "", deal["stage"], deal["is_deleted"]) == (row["amount"], row["stage_name"], row["is_deleted"])
        assert deal["created_at"] == row["created_date"].replace(" ", "T") + "Z" and deal["expected_close_date"] == row["close_date"][:10]
        assert json.loads(deal["_attributes"]) == {"forecast_category": f"text:{row['forecast_category']}"}
    changes = pl.read_parquet(folder.landing / "crm/stage_change/content/e*.parquet")
    versions = {(row["id"], row["_fivetran_start"], row["stage_name"]) for row in said("sf_opportunity_history_data")}
    assert {
        (row["opportunity"], row["changed_at"][:19].replace("T", " "), row["to_stage"]) for row in changes.iter_rows(named=True)
    } == versions
