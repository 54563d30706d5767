"""Thirty nights of a made-up Odoo that changes at random, while it is read too, against one reading at the end and its own truth.

The server is busy, breaks off, forgets us or repeats a page on some nights; people work between two pages.
"""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipelines.extract.connect import http
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from pipelines.settings.load import load_company
from tests.integration.conftest import ROOT
from tests.integration.connect.nights import land_at, land_rules, tables
from tests.integration.connect.odoo.company import Company
from tests.integration.connect.odoo.server import ALL_LEADS, SETTINGS, Odoo, served

NIGHTS, FIRST = 30, datetime(2026, 3, 1, 18, 30)
SETTINGS_FILE = """
company: Nights
time_zone: Asia/Taipei
base_currency: TWD
sources:
  nightly: &crm {{kind: odoo, connection: {{url: "{url}", database: odoo, user: admin, password_env: ODOO_KEY, page_size: 7}}}}
  once: *crm
"""
FAULTS = (["500"], ["429", "429 after"], ["502", "503"], ["again"], ["expired"], ["cut"], ["closed", "garbled"], ["chunks"] * 20)
BREAKING = ("expired", "chunks")


@pytest.fixture
def odoo() -> Iterator[Odoo]:
    company = Company(FIRST - timedelta(days=20), random.Random(11))
    odoo = Odoo(company.data, {"admin": {ALL_LEADS, SETTINGS}, "own": {SETTINGS}})
    odoo.company = company  # type: ignore[attr-defined]
    yield odoo


@contextmanager
def company_of(odoo: Odoo, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CompanyFolder]:
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0)
    monkeypatch.setenv("ODOO_KEY", odoo.secret)
    shutil.copytree(ROOT / "examples" / "odoo_crm", place, ignore=shutil.ignore_patterns("data"), dirs_exist_ok=True)
    with served(odoo) as url:
        (place / "funnel.yaml").write_text(SETTINGS_FILE.format(url=url), encoding="utf-8")
        yield load_company(place)


def states(folder: CompanyFolder) -> list[tuple[str, str]]:
    return [(state.entry["delivery_kind"], state.state_code) for state in Ledger(folder).states() if state.entry["source"] == "nightly"]


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize("seed", [11, 12])
def test_thirty_nights_are_one_reading_at_the_end(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    company = Company(FIRST - timedelta(days=20), chance)
    for _ in range(30):
        company.open()
    odoo = Odoo(company.data, {"admin": {ALL_LEADS, SETTINGS}})
    broken = 0
    with company_of(odoo, tmp_path, monkeypatch) as folder:
        for number in range(NIGHTS):
            moment = FIRST + timedelta(days=number)
            company.live(moment, chance.randint(3, 9))

            def meanwhile(model: str, method: str, at: datetime = moment) -> None:
                if method == "search_read" and model in ("crm.lead", "mail.message") and chance.random() < 0.3:
                    company.live(at, 1)

            odoo.before = meanwhile
            before = states(folder)
            faults = chance.choice(FAULTS) if chance.random() < 0.6 else []
            odoo.faults = [*[""] * chance.randint(4, 40), *faults] if faults else []
            try:
                land_at(folder, moment, "nightly", monkeypatch=monkeypatch)
            except FunnelError as error:
                broken += 1
                assert faults[0] in BREAKING and error.message.code in ("FNL-252", "FNL-257"), error
                assert [kind for kind, _ in states(folder)] in ([kind for kind, _ in before], [*[kind for kind, _ in before], "delta"])
            odoo.faults = []
        odoo.before = lambda model, method: None
        last = FIRST + timedelta(days=NIGHTS)
        land_at(folder, last, "nightly", "once", monkeypatch=monkeypatch)
        land_rules(folder, last.date())
        assert broken >= 1 and {code for _, code in states(folder)} == {"live"}
        with tables(folder, last.date() + timedelta(days=1), "+opportunity +lead +activity +customer +contact +stage_change") as connection:
            for table, columns in (
                (
                    "opportunity",
                    "opportunity_name, amount, currency_code, source_stage_name, is_deleted, loss_reason_text, replace(customer_id, source_system, '')",
                ),
                ("lead", "lead_name, status_code"),
                ("customer", "customer_name"),
                ("contact", "contact_name, replace(customer_id, source_system, '')"),
                ("activity", "activity_type_code, is_done, content_text, replace(opportunity_id, source_system, '')"),
            ):
                query = (
                    f"select source_record_id, {columns} from canonical.{table} where source_system = ? and not is_vanished order by all"
                )
                nightly, once = (connection.execute(query, [source]).fetchall() for source in ("nightly", "once"))
                assert nightly == once and len(once) > 0, table
            query = """select source_record_id, split_part(opportunity_id, ':', 2), from_source_stage_name, to_source_stage_name, changed_at
                from canonical.stage_change where source_system = ? and evidence_code = 'native'
                and opportunity_id in (select opportunity_id from canonical.opportunity where not is_vanished) order by all"""
            nightly, once = (connection.execute(query, [source]).fetchall() for source in ("nightly", "once"))
            assert nightly == once and len(once) > 20
            query = "select source_record_id from canonical.{} where source_system = 'nightly' and not is_vanished"
            there = {int(row[0]) for table in ("opportunity", "lead") for row in connection.execute(query.format(table)).fetchall()}
            assert there == set(company.leads()), "its own truth"
            gone = connection.execute(
                "select count(*) from canonical.opportunity where source_system = 'nightly' and is_vanished"
            ).fetchall()
            assert gone[0][0] > 5
