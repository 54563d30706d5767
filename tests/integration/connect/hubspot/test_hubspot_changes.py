"""What one extraction after another says of records that move under it: without a ledger, so that each rule is seen by itself."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipelines.extract.connect.access import Access
from pipelines.extract.hubspot import api, reading
from pipelines.extract.hubspot.connector import HubSpotConnector
from pipelines.extract.mapping import load_mapping
from pipelines.settings.source import Connection
from tests.integration.conftest import ROOT
from tests.integration.connect.hubspot.conftest import START
from tests.integration.connect.hubspot.server import TOKEN, Server

FIRST, SECOND = START + timedelta(minutes=30), START + timedelta(days=1)
Rows = list[dict[str, str | None]]


def night(server: Server, cursor: str | None, moment: datetime, overlap: int = 60) -> tuple[list[tuple[str, dict[str, Rows]]], str]:
    """Each extraction of a night: its kind, and its rows by object; and the cursor after it."""
    connection = Connection(url=server.url, password_env="X", overlap_minutes=overlap)
    mapping = load_mapping(ROOT / "pipelines" / "defaults" / "connectors" / "hubspot.yaml")
    connector, read, said = HubSpotConnector(Access("crm", connection, Path(), TOKEN), mapping), [], ""
    for extraction in connector.extractions(cursor, moment):
        rows: dict[str, Rows] = {}
        for batch in extraction.batches:
            rows.setdefault(batch.object, []).extend(batch.rows.to_dicts())
        read.append((extraction.kind, rows))
        said = extraction.cursor() or ""
    return read, said


def keys(rows: Rows) -> list[str | None]:
    return sorted((row["id"] for row in rows), key=str)


def test_more_changes_of_one_instant_than_a_search_may_find(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "SEARCH_PAGE", 6)
    server.search_limit = 6
    _, cursor = night(server, None, FIRST)
    server.world.now = SECOND
    deals = [record.id for record in server.world.live("deals")][3:37]
    for deal in deals:
        server.world.change("deals", deal, amount="5")
    read, _ = night(server, cursor, SECOND + timedelta(hours=1), overlap=0)
    assert [kind for kind, _ in read] == ["delta", "ids"]
    assert set(deals) <= set(keys(read[0][1]["deals"])) and len(keys(read[0][1]["deals"])) == len(set(keys(read[0][1]["deals"])))


def test_what_was_read_and_changes_while_the_rest_is_read_comes_the_next_night(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK", 9)
    deals = [record.id for record in server.world.live("deals")]

    def meanwhile() -> None:
        if server.calls["v3/objects/deals/batch/read"] == 1 and server.world.records["deals"][deals[0]].properties["amount"] != "1":
            server.world.now = FIRST + timedelta(minutes=1)
            server.world.change("deals", deals[0], amount="1")  # read already
            server.world.now = FIRST + timedelta(minutes=2)
            server.world.change("deals", deals[-1], amount="2")  # not yet

    server.meanwhile = meanwhile
    (first,), cursor = night(server, None, FIRST, overlap=0)
    amounts = {row["id"]: row["amount"] for row in first[1]["deals"]}
    assert (amounts[deals[0]], amounts[deals[-1]]) == ("100", "2")
    read, _ = night(server, cursor, SECOND, overlap=0)
    assert {row["id"]: row["amount"] for row in read[0][1]["deals"]}[deals[0]] == "1"


def test_an_import_of_one_instant_is_not_read_again_every_night(server: Server) -> None:
    for item in server.world.live("line_items"):
        server.world.change("line_items", item.id, amount="1")
    cursor, again = None, []
    for number in range(4):
        server.world.now = START + timedelta(days=number)
        read, cursor = night(server, cursor, server.world.now + timedelta(minutes=30))
        again.append(len(read[0][1]["line_items"]))
    assert again == [40, 40, 40, 0]  # from the third night on it is more than a day and the overlap ago


def test_into_the_bin_and_out_of_it(server: Server) -> None:
    world = server.world
    deal, other = (record.id for record in world.live("deals")[:2])
    _, cursor = night(server, None, FIRST)
    told = []
    for number, change in enumerate((world.archive, world.restore, world.archive, world.purge), start=1):
        world.now = START + timedelta(days=number)
        change("deals", deal)
        read, cursor = night(server, cursor, world.now + timedelta(hours=1))
        told.append(([row["_archived"] for row in read[0][1]["deals"] if row["id"] == deal], deal in keys(read[-1][1]["deals"])))
        assert other in keys(read[-1][1]["deals"])
    assert told == [(["true"], True), (["false"], True), (["true"], True), ([], False)]


@pytest.mark.parametrize("calls", [1, 2, 3, 4])
def test_what_is_deleted_while_the_keys_are_listed_has_not_vanished(server: Server, calls: int) -> None:
    """Of the second night's looks at deals the first is into the bin; then come those of the listing: bin, live, bin."""
    deal = server.world.live("deals")[7].id
    _, cursor = night(server, None, FIRST)
    before, server.world.now = server.calls["v3/objects/deals"], SECOND

    def meanwhile() -> None:
        if server.calls["v3/objects/deals"] == before + calls:
            server.world.archive("deals", deal)

    server.meanwhile = meanwhile
    read, _ = night(server, cursor, SECOND)
    assert keys(read[-1][1]["deals"]).count(deal) == 1


def test_what_is_deleted_after_it_was_read_is_told_the_next_night(server: Server) -> None:
    deal = server.world.live("deals")[7].id
    server.meanwhile = lambda: server.world.archive("deals", deal) if server.calls["v3/objects/deals/batch/read"] == 1 else None
    told = []
    (first,), cursor = night(server, None, FIRST)
    told += [row["_archived"] for row in first[1]["deals"] if row["id"] == deal]
    read, _ = night(server, cursor, SECOND)
    told += [row["_archived"] for row in read[0][1]["deals"] if row["id"] == deal]
    assert told == ["false", "true"]


@pytest.mark.parametrize("into_new", [False, True])
def test_a_merge_is_told_once(server: Server, into_new: bool) -> None:
    world = server.world
    survivor, loser, older, oldest = (record.id for record in world.live("deals")[:4])
    world.merge("deals", older, oldest, into_new=False)  # before we looked
    _, cursor = night(server, None, FIRST)
    world.now = SECOND
    kept = world.merge("deals", survivor, loser, into_new)
    world.change("deals", older, amount="1")
    read, cursor = night(server, cursor, SECOND + timedelta(hours=1))
    assert [kind for kind, _ in read] == ["delta", "delta", "ids"]
    gone = {loser, *([survivor] if into_new else [])}
    assert read[1][1] == {"_merged": [{"id": key, "merged_into": kept} for key in sorted(gone)]}
    assert not gone & set(keys(read[0][1]["deals"])) and not gone & set(keys(read[2][1]["deals"]))
    calls = {row["_deal"] for row in read[0][1]["calls"]}
    assert kept in calls, "what belonged to the swallowed deal is read again"
    again, _ = night(server, cursor, SECOND + timedelta(days=1))
    assert [kind for kind, _ in again] == ["delta", "ids"]


def test_a_renamed_stage_renames_its_deals_and_a_deleted_one_keeps_its_name(server: Server) -> None:
    world = server.world
    deals = [record.id for record in world.live("deals")]
    for deal in deals[:20]:
        world.change("deals", deal, dealstage="s3")
    _, cursor = night(server, None, FIRST)
    world.now = SECOND
    world.rename_stage("s1", "First talk")
    read, cursor = night(server, cursor, SECOND + timedelta(hours=1))
    assert {row["id"]: row["_stage"] for row in read[0][1]["deals"] if row["id"] in deals[20:]} == dict.fromkeys(deals[20:], "First talk")
    world.now = SECOND + timedelta(days=1)
    world.delete_stage("s3", instead="won")
    read, _ = night(server, cursor, world.now + timedelta(hours=1))
    moves = {(row["from_stage"], row["to_stage"]) for row in read[0][1]["_stage_change"] if row["deal"] == deals[0]}
    assert moves == {(None, "First talk"), ("First talk", "Presentation"), ("Presentation", "Closed won")}


def test_a_page_that_comes_twice_is_read_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK", 5)
    server.list_page, server.fault = 7, 1.0
    monkeypatch.setattr("tests.integration.connect.hubspot.server.FAULTS", ("twice",))
    ((_, rows),), cursor = night(server, None, FIRST)
    assert keys(rows["deals"]) == sorted(record.id for record in server.world.live("deals")) and server.faults["twice"] > 10
    read, _ = night(server, cursor, SECOND)
    assert keys(read[-1][1]["deals"]) == keys(rows["deals"])
