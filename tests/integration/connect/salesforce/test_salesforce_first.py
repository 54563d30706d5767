"""What a reading of the organization holds, whichever way it came, what rights hide, and what a night costs.

Belongs here: readings one by one. Does not: many nights (test_salesforce_nights.py) or refusals.
"""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.extract.connect import http
from pipelines.extract.connect.extraction_file import ExtractionFile
from pipelines.extract.salesforce import reading
from pipelines.extract.table import ROW_NUMBER
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from pipelines.settings.load import load_company
from tests.integration.connect.nights import land_at
from tests.integration.connect.salesforce.company import FIRST, VARIABLE, company, organization
from tests.integration.connect.salesforce.org import OBJECTS, Org
from tests.integration.connect.salesforce.server import SECRET, serving

NEXT = FIRST + timedelta(days=1)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0)


def states(folder: CompanyFolder) -> list[tuple[str, str]]:
    return [(state.entry["delivery_kind"], state.state_code) for state in Ledger(folder).states() if state.entry["source"] == "nightly"]


def last(folder: CompanyFolder) -> ExtractionFile:
    digest = [state for state in Ledger(folder).states() if state.entry["source"] == "nightly"][-1].entry["original"]["sha256"]
    return ExtractionFile(folder.landing / "originals" / digest[:2] / digest, digest)


def rows(file: ExtractionFile, name: str) -> pl.DataFrame:
    return pl.concat([block.rows for block in file.table(name).blocks]).drop(ROW_NUMBER).sort("Id")


def test_rest_and_bulk_bring_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    for place, most in (("rest", 10_000), ("bulk", 3)):
        with monkeypatch.context() as patch, serving(organization()) as fake:
            patch.setattr(reading, "BULK_FROM", most)
            folder = company(tmp_path / place, fake)
            land_at(folder, FIRST, "nightly", monkeypatch=patch)
            assert states(folder) == [("full", "live")] and (fake.calls["job"] > 5) == (place == "bulk")
            read.append(last(folder))
    assert set(read[0].objects) == set(OBJECTS) - {"UserPermissionAccess"} | {"_stage_change", "_exchange_rate"}
    for name in read[0].objects:
        assert rows(read[0], name).equals(rows(read[1], name)), name
    deals = rows(read[0], "Opportunity")
    assert set(OBJECTS["Opportunity"][1]) - set(deals.columns) == {"BillingPlace__c"}  # a compound field: its parts are fields
    named = {row["Name"].split("\n")[0]: row for row in deals.iter_rows(named=True)}
    assert (named["Deal 12"]["Amount"], named["Deal 0"]["Amount"], named["Deal 12"]["NextStep"]) == ("12000000", "0", None)
    assert named["Deal 0"]["IsDeleted"] == "true" and named["Deal 3"]["Name"] == 'Deal 3\n"3", 100%'
    assert named["Deal 3"]["_record_type"] == "standard" and named["Deal 3"]["CreatedDate"].startswith("2026-02-01T09:")
    tasks = rows(read[0], "Task")
    assert tasks.filter(pl.col("IsArchived") == "true").height == 1 and set(tasks["_duration_minutes"]) == {"1.5"}
    assert rows(read[0], "_exchange_rate").select("_from_currency_code", "_to_currency_code", "_rate").rows() == [
        ("USD", "TWD", "31.250000000")
    ]
    assert rows(read[0], "User")["IsActive"].to_list() == ["true", "false"]


def test_a_job_that_brings_less_than_it_says_counts_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BULK_FROM", 3)
    with serving(organization(5)) as fake:
        fake.lost = 1
        folder = company(tmp_path / "company", fake)
        with pytest.raises(FunnelError) as error:
            land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch)
    assert error.value.message.code == "FNL-257" and states(folder) == []


@pytest.mark.parametrize(("count", "least_jobs"), [(300, 2), (2_000, 3)])
def test_more_fields_than_a_url_or_a_query_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, least_jobs: int) -> None:
    org = organization(3)
    org.types["Opportunity"] |= {f"A_custom_field_with_a_long_name_number_{number:06d}__c": "string" for number in range(count)}
    for deal in org.records["Opportunity"].values():
        deal |= {name: f"{deal['Id']} {name}" for name in org.types["Opportunity"] if name.startswith("A_custom")}
    with serving(org) as fake:
        folder = company(tmp_path / "company", fake)
        land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch)
        jobs = fake.calls["job"]
    deals = rows(last(folder), "Opportunity")
    assert states(folder) == [("full", "live")] and jobs >= least_jobs - 1 and deals.height == 3
    for row in deals.iter_rows(named=True):
        assert all(row[name] == f"{row['Id']} {name}" for name in row if name.startswith("A_custom"))
        assert sum(name.startswith("A_custom") for name in row) == count


def test_a_mapped_field_that_may_not_be_seen_holds_the_delivery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    org = organization(3)
    del org.types["Opportunity"]["Amount"]
    with serving(org) as fake:
        folder = company(tmp_path / "company", fake)
        land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch)
    assert states(folder) == [("full", "held")]


def test_one_currency_and_no_record_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    org = organization(3)
    org.hidden = {"CurrencyType", "DatedConversionRate", "RecordType", "OpportunityFieldHistory", "OpportunityContactRole"}
    for name in ("Opportunity", "OpportunityLineItem"):
        del org.types[name]["CurrencyIsoCode"]
    del org.types["Opportunity"]["RecordTypeId"]
    with serving(org) as fake:
        folder = company(tmp_path / "company", fake)
        for night in (FIRST, NEXT):
            land_at(folder, night, "nightly", monkeypatch=monkeypatch)
    assert states(folder) == [("full", "live"), ("delta", "live"), ("ids", "live")]


def notes(folder: CompanyFolder) -> set[str]:
    return {note["code"] for state in Ledger(folder).states() if state.entry["source"] == "nightly" for note in state.entry["notes"]}


@pytest.mark.parametrize("sees_all", [True, False])
def test_what_sharing_may_hide_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sees_all: bool) -> None:
    org = organization(3)
    next(iter(org.records["UserPermissionAccess"].values()))["PermissionsViewAllData"] = sees_all
    with serving(org) as fake:
        folder = company(tmp_path / "company", fake)
        land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch)
    assert ("FNL-272" in notes(folder)) is not sees_all


def test_half_the_records_with_status_200_are_held_and_nothing_vanishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    org = organization()
    with serving(org) as fake:
        folder = company(tmp_path / "company", fake)
        land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch)
        org.records["Opportunity"] = dict(list(org.records["Opportunity"].items())[::2])
        land_at(folder, NEXT, "nightly", monkeypatch=monkeypatch)
    assert states(folder) == [("full", "live"), ("delta", "live"), ("ids", "held")]


def silently(org: Org, weight: float) -> None:
    """A formula's result changes, and no stamp says so."""
    for deal in org.records["Opportunity"].values():
        deal["Weighted__c"] = weight


def test_a_formula_is_seen_when_all_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    org = organization(3)
    with serving(org) as fake:
        folder = company(tmp_path / "company", fake)
        settings = folder.root / "funnel.yaml"
        settings.write_text(
            settings.read_text(encoding="utf-8").replace("password_env", "whole_every_days: 3, password_env"), encoding="utf-8"
        )
        folder = load_company(folder.root)
        seen = []
        for number in range(5):
            silently(org, float(number))
            land_at(folder, FIRST + timedelta(days=number), "nightly", monkeypatch=monkeypatch)
            file = [state for state in Ledger(folder).states() if state.entry["delivery_kind"] == "full"][-1].entry["original"]["sha256"]
            seen.append(
                rows(ExtractionFile(folder.landing / "originals" / file[:2] / file, file), "Opportunity")["Weighted__c"].to_list()[0]
            )
    assert seen == ["0", "0", "0", "3", "3"]
    assert [kind for kind, _ in states(folder)] == ["full", *["delta", "ids"] * 2, "full", "delta", "ids"]


def test_a_meeting_has_happened_once_it_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody touches an event when its hour has passed."""
    org = organization(5)
    (key,) = org.records["Event"]
    org.advance(days=9)
    org.create("Event", Subject="Later", StartDateTime="2026-04-05T02:00:00.000Z", EndDateTime="2026-04-05T03:00:00.000Z")
    with serving(org) as fake:
        folder = company(tmp_path / "company", fake)
        done = {}
        for day in (1, 4, 5):
            land_at(folder, FIRST.replace(day=day), "nightly", monkeypatch=monkeypatch)
            delivered = [state for state in Ledger(folder).states() if state.entry["delivery_kind"] in ("full", "delta")][-1]
            file = delivered.entry["original"]["sha256"]
            events = rows(ExtractionFile(folder.landing / "originals" / file[:2] / file, file), "Event")
            done[day] = events.filter(pl.col("Id") == key)["_is_done"].to_list()
    assert done == {1: ["false"], 4: [], 5: ["true"]}


def test_what_an_unchanged_night_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 17 objects: a description and a question each; beside them record types, the last deal's history, rates; 10 listings and 2 of rates."""
    with serving(organization(200)) as fake:
        fake.page = 2_000
        folder = company(tmp_path / "company", fake)
        land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch)
        first = fake.calls.copy()
        fake.calls.clear()
        land_at(folder, NEXT, "nightly", monkeypatch=monkeypatch)
    assert states(folder) == [("full", "live"), ("delta", "live"), ("ids", "live")]
    assert fake.calls == {"token": 1, "sobjects": 1, "describe": 17, "query": 17 + (1 + 1 + 2) + (10 + 2)}, (first, fake.calls)
