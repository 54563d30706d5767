"""Thirty nights of a HubSpot account that changes while it is read, against one reading at the end and against what is true.

Faults: 429 with and without Retry-After, 500, answers cut off, expired tokens, pages that come twice, records that change, appear and go between
pages, many records of one instant, clocks off by five minutes, a search that finds changes ten minutes late.
"""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.extract.hubspot import api, reading
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from tests.integration.connect.broken import WAYS
from tests.integration.connect.hubspot.company import company_folder, new_deal, one_event
from tests.integration.connect.hubspot.conftest import START
from tests.integration.connect.hubspot.server import Server
from tests.integration.connect.hubspot.world import World
from tests.integration.connect.nights import land_at, land_rules, tables

NIGHTS = 30
# A deal that is gone for good is still known to who saw it, and nothing to who comes later.
THERE = "case when opportunity_id in (select opportunity_id from canonical.opportunity where not is_vanished) then split_part(opportunity_id, ':', 2) end"
MODELS = "+opportunity +stage_change +customer +contact +opportunity_line +activity"
COMPARED = {
    "opportunity": "opportunity_name, amount, source_stage_name, is_deleted, owner_id, created_at, closed_date",
    "customer": "customer_name, owner_id",
    "contact": "contact_name, customer_id",
    "opportunity_line": "line_amount, opportunity_id",
    "activity": "activity_type_code, purpose_text, content_text, opportunity_id, outcome_code, recorded_by_owner_id, duration_minutes",
}


def delivered(folder: CompanyFolder, source: str) -> list[tuple[str, str]]:
    return [(state.entry["delivery_kind"], state.state_code) for state in Ledger(folder).states() if state.entry["source"] == source]


@pytest.mark.slow
@pytest.mark.nightly
def test_thirty_nights_are_one_reading_at_the_end(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "SEARCH_PAGE", 6)
    monkeypatch.setattr(reading, "CHUNK", 9)
    server.search_limit, server.list_page, server.associated_page = 6, 7, 2
    server.index_lag = timedelta(minutes=10)
    folder = company_folder(tmp_path / "company", server.url, "nightly", "once")
    world, chance = server.world, random.Random(5)
    happened: dict[str, int] = {}

    def live_a_little() -> None:
        name = one_event(world, chance)
        happened[name] = happened.get(name, 0) + 1

    def between_pages() -> None:
        if chance.random() < 0.02:
            world.now += timedelta(seconds=20)
            live_a_little()

    server.fault, server.meanwhile = 0.06, between_pages
    broken = 0
    for number in range(NIGHTS):
        world.now = START + timedelta(days=number, hours=1)
        for _ in range(chance.randint(2, 6)):
            world.now += timedelta(minutes=chance.choice((0, 1, 40)))
            live_a_little()
        if number == 12:
            world.rename_stage("s2", "Qualified")
        if number == 20:
            world.delete_stage("s3", instead="s2")
        server.expired = number in (7, 18)
        server.breaks = {4: [*[""] * 20, *WAYS], 15: [*[""] * 30, *["cut"] * 30], 25: [*[""] * 30, *["closed"] * 30]}.get(number, [])
        world.now = max(world.now, START + timedelta(days=number, hours=10))
        try:
            land_at(folder, START + timedelta(days=number, hours=10), "nightly", monkeypatch=monkeypatch)
        except FunnelError as error:
            assert error.message.code in ("FNL-257", "FNL-268")
            broken += 1
    assert broken == 4, "two nights without a token, two on which nothing comes whole; one answer that breaks off stops no night"
    assert set(happened) >= {"create", "move", "bulk", "archive", "restore", "purge", "merge"} and happened["merge"] > 3
    assert set(server.faults) == {"busy", "busy without a word", "broken", "twice", *WAYS}

    server.fault, server.meanwhile, server.breaks = 0.0, lambda: None, []
    world.now = START + timedelta(days=NIGHTS, hours=10)
    land_at(folder, world.now, "nightly", "once", monkeypatch=monkeypatch)
    as_of = (world.now + timedelta(days=1)).date()
    land_rules(folder, as_of)
    assert {state for _, state in delivered(folder, "nightly")} == {"live"}
    with tables(folder, as_of, MODELS) as connection:
        both = {source: {table: current(connection, source, table) for table in COMPARED} for source in ("nightly", "once")}
        for table, rows in both["once"].items():
            assert both["nightly"][table] == rows and len(rows) > 2, table
        is_true(connection, "nightly", world)
        every_move(connection, world)


def current(connection: duckdb.DuckDBPyConnection, source: str, table: str) -> list[tuple]:
    """What is there now; references without the name of their source."""
    columns = [column.strip() for column in COMPARED[table].split(",")]
    shown = ", ".join(
        THERE if column == "opportunity_id" else f"split_part({column}, ':', 2)" if column.endswith("_id") else column for column in columns
    )
    made = "and not is_stub" if table == "customer" else ""  # of a customer that is in no delivery, only in a reference
    query = f"select source_record_id, {shown} from canonical.{table} where source_system = ? and not is_vanished {made} order by all"
    return connection.execute(query, [source]).fetchall()


def is_true(connection: duckdb.DuckDBPyConnection, source: str, world: World) -> None:
    """Against the account itself: which records there are, their names, stages and sums, who was merged into whom, and nothing twice."""
    said = connection.execute(
        "select source_record_id, opportunity_name, source_stage_name, is_deleted, amount from canonical.opportunity where source_system = ? and not is_vanished",
        [source],
    ).fetchall()
    kept = world.stages | {"s3": "Presentation"}
    truth = [(one.id, one.properties["dealname"], kept[one.properties["dealstage"] or ""], one.is_archived, float(one.properties["amount"] or 0)) for one in world.records["deals"].values()]  # fmt: skip
    assert sorted((*row[:4], float(row[4])) for row in said) == sorted(truth)
    for table, kind in (("customer", "companies"), ("contact", "contacts"), ("opportunity_line", "line_items")):
        rows = connection.execute(
            f"select source_record_id from canonical.{table} where source_system = ? and not is_vanished and source_record_id is not null",
            [source],
        ).fetchall()
        assert sorted(row[0] for row in rows) == sorted(record.id for record in world.live(kind)), table
    calls = connection.execute(
        f"select source_record_id, {THERE} from canonical.activity where source_system = ? and not is_vanished", [source]
    )
    deals = world.records["deals"]
    belongs = {one.id: next((deal for deal in one.links["deals"] if deal in deals), None) for one in world.live("calls")}
    assert sorted(calls.fetchall()) == sorted((f"calls:{call}", deal) for call, deal in belongs.items())
    rows = connection.execute("select source_record_id, split_part(merged_into_opportunity_id, ':', 2) from canonical.opportunity where source_system = ? and is_vanished", [source]).fetchall()  # fmt: skip
    gone = dict(rows)
    merged = {key: survivor for key, survivor in world.merged["deals"].items() if key in gone}
    assert len(merged) > 2
    assert {key: world.survivor("deals", into) for key, into in gone.items() if into} == {
        key: world.survivor("deals", key) for key in merged
    }


def every_move(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Each change of stage that the account still tells, once, with the name the stage has or had when last seen."""
    rows = connection.execute(
        """select split_part(opportunity_id, ':', 2), changed_at, from_source_stage_name, to_source_stage_name from canonical.stage_change
        where evidence_code = 'native' and source_system = 'nightly'"""
    ).fetchall()
    names = world.stages | {"s3": "Presentation"}
    truth = set()
    for deal in world.records["deals"].values():
        before = None
        for version in deal.stages:
            truth.add(
                (deal.id, datetime.fromisoformat(version["timestamp"]).replace(tzinfo=None), names.get(before), names[version["value"]])
            )
            before = version["value"]
    told = [(key, at, *("Qualified" if name == "Qualified to buy" else name for name in moved)) for key, at, *moved in rows]
    told = [move for move in told if move[0] in world.records["deals"]]
    assert len(told) == len(set(told)) > 80 and set(told) == truth


def test_a_night_without_changes_costs_little(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the listing: one search, one look into the bin and the names of properties an object; owners twice, pipelines."""
    folder = company_folder(tmp_path / "company", server.url, "crm")
    settings = folder.root / "funnel.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("password_env", "list_every_days: 7, password_env"), encoding="utf-8")
    from pipelines.settings.load import load_company

    folder = load_company(folder.root)
    land_at(folder, START + timedelta(hours=10), "crm", monkeypatch=monkeypatch)
    server.calls.clear()
    server.world.now += timedelta(days=1)
    land_at(folder, START + timedelta(hours=34), "crm", monkeypatch=monkeypatch)
    again = 6 + 6  # what the overlap reads again: one record of each of six kinds, and its associations
    assert server.calls.total() <= 10 * 3 + 3 + again, server.calls
    assert [kind for kind, _ in delivered(folder, "crm")] == ["full", "delta"]


def test_half_the_records_are_held_and_nothing_vanishes(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = company_folder(tmp_path / "company", server.url, "crm")
    land_at(folder, START + timedelta(hours=10), "crm", monkeypatch=monkeypatch)
    server.hidden = lambda record: int(record.id) % 2 == 0
    land_at(folder, START + timedelta(hours=34), "crm", monkeypatch=monkeypatch)
    assert delivered(folder, "crm") == [("full", "live"), ("delta", "live"), ("ids", "held")]


def test_every_property_is_read_however_many(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 properties with long names: a URL or a search that named them would be refused."""
    world = server.world
    deal = world.live("deals")[0].id
    world.change("deals", deal, a_custom_property_with_quite_a_long_name_199="seen")
    folder = company_folder(tmp_path / "company", server.url, "crm")
    mapping = folder.root / "mappings" / "crm.yaml"
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(
        text.replace("attributes: {", "attributes: {a_custom_property_with_quite_a_long_name_199: text, ", 1), encoding="utf-8"
    )
    land_at(folder, START + timedelta(hours=10), "crm", monkeypatch=monkeypatch)
    files = str(folder.landing / "crm" / "opportunity" / "content" / "*.parquet")
    rows = duckdb.sql(f"select _record_key, _attributes from '{files}'").fetchall()
    said = {key: json.loads(attributes) for key, attributes in rows}
    assert said[deal]["a_custom_property_with_quite_a_long_name_199"] == "text:seen" and len(said) == 40
    assert json.loads(said[deal]["_contact_list"].removeprefix("text:"))[0]["labels"] == ["Decision maker"]


def test_associations_beyond_a_page_and_the_primary_one(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.associated_page = 2
    world = server.world
    companies = [record.id for record in world.live("companies")]
    deal = new_deal(world, 7, companies[4], world.live("contacts")[0].id)
    for company in companies:
        if company != companies[4]:
            world.link("deals", deal, "companies", company)
    folder = company_folder(tmp_path / "company", server.url, "crm")
    land_at(folder, START + timedelta(hours=10), "crm", monkeypatch=monkeypatch)
    files = str(folder.landing / "crm" / "opportunity" / "content" / "*.parquet")
    ((customer, attributes),) = duckdb.sql(f"select customer, _attributes from '{files}' where _record_key = '{deal}'").fetchall()
    assert customer == companies[4]
    assert [one["id"] for one in json.loads(json.loads(attributes)["_company_list"].removeprefix("text:"))] == sorted(companies, key=int)
