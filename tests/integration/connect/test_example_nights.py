"""The example companies of HubSpot and Salesforce, each pointed at its fake, for one whole night: what is published is what the fake holds.

Belongs here: the published tables against the fakes' own truth. Does not: what one connector reads (its own folder), or two nights.
"""

import random
import shutil
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.defs.night import run_night
from pipelines.defs.outcome import PUBLISHED
from pipelines.extract.connect import http
from pipelines.settings.load import load_company
from tests.integration.conftest import ROOT
from tests.integration.connect.hubspot.company import first, one_event
from tests.integration.connect.hubspot.server import TOKEN
from tests.integration.connect.hubspot.server import serving as serving_hubspot
from tests.integration.connect.hubspot.world import World
from tests.integration.connect.salesforce.company import organization
from tests.integration.connect.salesforce.life import live_a_day
from tests.integration.connect.salesforce.server import CLIENT, SECRET
from tests.integration.connect.salesforce.server import serving as serving_salesforce

pytestmark = [pytest.mark.slow, pytest.mark.nightly]
DAYS = 60
Moves = dict[str, list[str]]  # deal -> its stages by code, in order


def published(place: Path, name: str, **instead: str) -> duckdb.DuckDBPyConnection:
    """What the example publishes when these words of its settings are others. Nothing may be held or refused."""
    shutil.copytree(ROOT / "examples" / name, place, ignore=shutil.ignore_patterns("data"))
    settings = place / "funnel.yaml"
    text = settings.read_text(encoding="utf-8")
    for was, now in instead.items():
        assert was in text
        text = text.replace(was, now)
    settings.write_text(text, encoding="utf-8")
    outcome = run_night(load_company(place), date(2026, 11, 30))
    assert outcome.exit_code == PUBLISHED and outcome.published, outcome.messages
    assert [source.rows.get("refused") for source in outcome.sources if source.source == "crm"] == [0]
    return duckdb.connect(str(outcome.published), read_only=True)


def check(tables: duckdb.DuckDBPyConnection, moves: Moves, currency: str) -> None:
    """Every deal in its stage, its way there, who owns it, in which currency; wins that were taken back are told as such."""
    rows = tables.execute("select split_part(opportunity_id, ':', 2), stage_code from marts.fct_opportunity where status_code <> 'deleted'")
    assert dict(rows.fetchall()) == {deal: stages[-1] for deal, stages in moves.items()}
    visits = tables.execute("select split_part(opportunity_id, ':', 2), stage_code from marts.fct_stage_visit").fetchall()
    stayed = Counter((deal, stage) for deal, stages in moves.items() for stage in stages if stage != "lost")  # a loss is no visit
    assert Counter(visit for visit in visits if visit[0] in moves) == stayed
    lacking = tables.execute(
        "select count(*) from marts.fct_opportunity where owner_id is null or currency_code is distinct from ? or (amount_base is null) <> (amount is null)",
        [currency],
    )
    assert lacking.fetchall() == [(0,)]
    (told,) = tables.execute("select won_count, lost_count, booked_won_count, reversed_won_count from marts.win_rate where win_rate_id = 'company:-:all:all'").fetchall()  # fmt: skip
    ends = Counter(stages[-1] for stages in moves.values())
    booked = sum(stages.count("won") for stages in moves.values())
    assert told == (ends["won"], ends["lost"], booked, booked - ends["won"]) and booked > ends["won"] > 0 < ends["lost"]
    issues = {row[0] for row in tables.execute("select distinct rule_code from marts.quality_issue").fetchall()}
    assert not issues & {"FNL-701", "FNL-702", "FNL-709", "FNL-710"}, "stages unmapped, deals without one, no rate, owners unknown"


def test_hubspot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0)
    monkeypatch.setenv("FUNNEL_HUBSPOT_TOKEN", TOKEN)
    world, chance = World(datetime(2026, 8, 1, 9)), random.Random(5)
    first(world)
    for day in range(DAYS):
        world.now = datetime(2026, 8, 2, 9) + timedelta(days=day)
        for _ in range(5):
            world.now += timedelta(minutes=10)
            one_event(world, chance)
    codes = {"s1": "appointment", "s2": "qualified", "s3": "presentation", "won": "won", "lost": "lost"}
    with serving_hubspot(world) as server:
        tables = published(tmp_path / "company", "hubspot_crm", **{"https://api.hubapi.com": server.url})
    with tables:
        check(tables, {deal.id: [codes[version["value"]] for version in deal.stages] for deal in world.live("deals")}, "TWD")
        (calls,) = tables.execute("select count(*) from canonical.activity where activity_type_code = 'call' and is_done").fetchall()
        assert calls == (len(world.live("calls")),)


def test_salesforce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its deals are closed with a close date that lies in the future: they are closed all the same."""
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0)
    monkeypatch.setenv("FUNNEL_SALESFORCE_SECRET", SECRET)
    org, chance = organization(40), random.Random(5)
    for day in range(DAYS):
        live_a_day(org, chance, datetime(2026, 3, 2, 9) + timedelta(days=day))
    org.types["Opportunity"]["Loss_Reason__c"] = "picklist"
    for deal in org.records["Opportunity"].values():
        deal["Loss_Reason__c"] = None
    codes = {"Prospecting": "prospecting", "Proposal": "proposal", "Closed Won": "won", "Closed Lost": "lost"}
    # A deal that was deleted while open is gone; one that was deleted later stands as it was closed.
    moves: Moves = {key: [] for key, deal in org.records["Opportunity"].items() if not deal["IsDeleted"] or deal["IsClosed"]}
    for row in sorted(org.records["OpportunityHistory"].values(), key=lambda row: (row["CreatedDate"], row["Id"])):
        stages = moves.get(row["OpportunityId"], [])
        if not stages or stages[-1] != codes[row["StageName"]]:
            stages.append(codes[row["StageName"]])
    with serving_salesforce(org) as fake:
        fake.page = 200
        instead = {"https://example.my.salesforce.com": fake.url, "3MVG9.example.consumer.key": CLIENT}
        tables = published(tmp_path / "company", "salesforce_crm", **instead)
    with tables:
        check(tables, moves, "TWD")
