"""`funnel doctor` of a real PostgreSQL: counts, its clock, and a right that is missing on one table of two.

Belongs here: what only a server shows. Does not: a file (all_kinds/test_doctor.py).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.postgresql import Server, postgresql
from tests.unit.cli.runner import run

SECRET = "x' y@/1"
SETTINGS = """
company: Doctor
language: en
time_zone: Asia/Taipei
base_currency: TWD
sources:
  crm: {{kind: sql, mapping: mappings/crm.yaml, connection: {{url: "postgresql://127.0.0.1:{port}/sales", user: reader, password_env: SALES_PASSWORD}}}}
"""
MAPPING = """
version: 1
queries: {deal: {sql: "select id, name from deals;"}, person: {sql: "select id, name from people"}}
sheets:
  - {sheet: deal, records: [{entity: opportunity, key: [id], columns: {opportunity_name: name}}]}
  - {sheet: person, records: [{entity: owner, key: [id], columns: {owner_name: name}}]}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with postgresql(tmp_path_factory.mktemp("doctor") / "server") as server:
        server.sql("create database sales")
        server.sql("create table deals as select n as id, 'Deal ' || n as name from generate_series(1, 1234) as n", "sales")
        server.sql("create table people as select 1 as id, 'A' as name", "sales")
        server.sql(f"create role reader login password '{SECRET.replace(chr(39), chr(39) * 2)}'; grant select on people to reader", "sales")
        yield server


def test_what_a_server_shows(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "crm.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "funnel.yaml").write_text(SETTINGS.format(port=server.port), encoding="utf-8")
    monkeypatch.setenv("SALES_PASSWORD", SECRET)
    code, out, err = run(capsys, "doctor", "--company", tmp_path)
    seen = [line.split() for line in out.splitlines()]
    assert code == 2 and out.count("FNL-254") == 1 and SECRET not in out + err
    assert ["deal", "opportunity", "not", "to", "be", "seen"] in seen and ["person", "owner", "1"] in seen
    server.sql("grant select on deals to reader", "sales")
    code, out, err = run(capsys, "doctor", "--company", tmp_path)
    assert code == 0 and ["deal", "opportunity", "1,234"] in [line.split() for line in out.splitlines()], out
    clock = next(line for line in out.splitlines() if line.startswith("their clock")).split()[2]
    assert abs(float(clock)) < 2
    monkeypatch.setenv("SALES_PASSWORD", "wrong")
    code, out, _ = run(capsys, "doctor", "--company", tmp_path)
    assert code == 2 and "FNL-252" in out and "wrong" not in out
