"""Thirty nights of an organization that changes at random, over a line that fails at random: as one reading at the end, and as the truth.

Belongs here: current state, deletions and stage history against the organization itself. Does not: rights (test_salesforce_refusals.py).
"""

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.extract.connect import http
from pipelines.extract.salesforce import reading
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from tests.integration.connect.broken import WAYS
from tests.integration.connect.nights import land_at, land_rules, tables
from tests.integration.connect.salesforce.company import FIRST, VARIABLE, company, organization
from tests.integration.connect.salesforce.life import act, live_a_day
from tests.integration.connect.salesforce.org import Org, stamp
from tests.integration.connect.salesforce.server import SECRET, serving

NIGHTS = 30
PASSING = ["expired", "429", "503", "500", "concurrent", "repeated", *WAYS]
ENTITIES = {
    "opportunity": "opportunity_name, amount, source_stage_name, is_deleted, closed_date, expected_close_date",
    "opportunity_line": "line_amount",
    "activity": "is_done, activity_type_code, occurred_at",
    "customer": "customer_name",
    "contact": "contact_name",
}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0)
    monkeypatch.setattr(reading, "BULK_FROM", 25)  # so that deals and history come by jobs, the rest by pages


def kinds(folder: CompanyFolder, source: str = "nightly") -> list[tuple[str, str]]:
    return [(state.entry["delivery_kind"], state.state_code) for state in Ledger(folder).states() if state.entry["source"] == source]


def history(org: Org) -> Counter[tuple[str, str | None, str]]:
    """Every stage entered, by the organization's own rows."""
    found, before = Counter[tuple[str, str | None, str]](), {}
    for row in org.records["OpportunityHistory"].values():
        rows = before.setdefault(row["OpportunityId"], [])
        rows.append((row["CreatedDate"], row["Id"], row["StageName"]))
    for key, rows in before.items():
        stages = [stage for _, _, stage in sorted(rows)]
        found.update((key, old, new) for old, new in zip([None, *stages], stages, strict=False) if old != new)
    return found


@pytest.mark.slow
@pytest.mark.nightly
def test_thirty_nights_are_one_reading_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, failed = random.Random(11), Counter[str]()
    org = organization()
    with serving(org) as fake:
        folder = company(tmp_path / "company", fake)
        for number in range(NIGHTS):
            evening = FIRST + timedelta(days=number)
            live_a_day(org, chance, evening)
            fake.faults = [chance.choice(PASSING) if chance.random() < 0.1 else None for _ in range(200)]
            if number % 7 == 3:
                fake.faults[chance.randint(0, 60) :] = ["used up"] * 200
            if number % 7 == 5:
                fake.faults[chance.randint(0, 60) :] = ["cut"] * 200
            org.now = evening
            fake.between_pages = lambda: act(org, chance) if chance.random() < 0.05 else None
            try:
                land_at(folder, evening, "nightly", monkeypatch=monkeypatch)
            except FunnelError as error:
                failed[error.message.code] += 1
            fake.faults, fake.between_pages = [], lambda: None
        last = FIRST + timedelta(days=NIGHTS)
        org.now = last - timedelta(hours=2)
        land_at(folder, last, "nightly", "once", monkeypatch=monkeypatch)
    assert failed["FNL-271"] == 4 and failed["FNL-257"] >= 4 and set(failed) == {"FNL-271", "FNL-257"}, failed
    states = kinds(folder)
    assert states[0] == ("full", "live") and {state for _, state in states} == {"live"}, Counter(states)
    assert kinds(folder, "once") == [("full", "live")]
    land_rules(folder, last.date())
    with tables(folder, last.date() + timedelta(days=1), " ".join(f"+{name}" for name in [*ENTITIES, "stage_change"])) as connection:

        def said(entity: str, columns: str, source: str) -> list[tuple]:
            query = f"select source_record_id, {columns} from canonical.{entity} where source_system = ? and not is_vanished order by all"
            return connection.execute(query, [source]).fetchall()

        for entity, columns in ENTITIES.items():
            nightly, once = said(entity, columns, "nightly"), said(entity, columns, "once")
            assert nightly == once and len(once) > 1, entity
        deals = {key: (deal["IsDeleted"], deal["StageName"]) for key, deal in org.records["Opportunity"].items()}
        assert {row[0]: (row[4], row[3]) for row in said("opportunity", ENTITIES["opportunity"], "nightly")} == deals
        for entity, names in {"opportunity_line": ["OpportunityLineItem"], "customer": ["Account"], "activity": ["Task", "Event"]}.items():
            alive = {key for name in names for key, record in org.records[name].items() if not record["IsDeleted"]}
            assert {row[0] for row in said(entity, "1", "nightly")} == alive, entity
        done = {key for key, event in org.records["Event"].items() if event["EndDateTime"] <= stamp(last)}
        assert done == {row[0] for row in said("activity", "is_done", "nightly") if row[1] and row[0].startswith("00U")}
        gone = connection.execute("select count(*) from canonical.opportunity where source_system = 'nightly' and is_vanished").fetchall()
        assert gone[0][0] >= 3
        rows = connection.execute(
            "select split_part(opportunity_id, ':', 2), from_source_stage_name, to_source_stage_name from canonical.stage_change "
            "where source_system = 'nightly' and evidence_code = 'native'"
        ).fetchall()
        assert Counter(row for row in rows if row[0] in org.records["Opportunity"]) == history(org)
