"""One snapshot over all queries, rows streamed, connections that break, and cursors to the microsecond: on real servers.

Belongs here: what a server does while it is read. Does not: nights and their landing (test_sql_nights.py), or refusals (test_sql_refusals.py).
"""

import json
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.extract.mapping import Mapping
from pipelines.extract.sql.connector import SqlConnector
from pipelines.extract.sql.opened import opened
from pipelines.messages.catalogue import FunnelError
from tests.integration.connect.databases import MOMENT, SERVERS, Behind

NOW = datetime(2026, 3, 1, 18, 30)
MANY = {
    "postgresql": "select i, repeat('x', 100) as x from generate_series(1, 3000000) as i",
    "mariadb": "select seq as i, repeat('x', 100) as x from seq_1_to_3000000",
}
MAPPING = {
    "version": 1,
    "queries": {"deal": {"sql": "select id, changed_at from deal", "cursor": "changed_at"}},
    "sheets": [{"sheet": "deal", "records": [{"entity": "opportunity", "key": ["id"], "columns": {"opportunity_name": "id"}}]}],
}
pytestmark = pytest.mark.parametrize("server", SERVERS, indirect=True, scope="module")


def test_what_changes_meanwhile_is_not_seen(crm: Behind, tmp_path: Path) -> None:
    crm.run("create table deal (id integer, stage varchar(9))", "create table line (deal_id integer)", "insert into deal values (1, 'New')")
    with opened(crm.access(tmp_path)) as database:
        first = next(database.stream("select * from deal"))
        crm.run("insert into deal values (2, 'New')", "update deal set stage = 'Won'", "insert into line values (2)")
        (lines,) = database.stream("select * from line")
        (again,) = database.stream("select * from deal")
    assert first.rows() == again.rows() == [("1", "New")] and lines.height == 0


def test_nothing_can_be_written(crm: Behind, tmp_path: Path) -> None:
    """By a user who may write."""
    crm.run("create table deal (id integer)")
    crm.run({"postgresql": "grant insert on deal to reader", "mariadb": f"grant insert on {crm.name}.* to reader@'%'"}[crm.kind])
    with opened(crm.access(tmp_path)) as database, pytest.raises(FunnelError) as error:
        list(database.stream("insert into deal values (1)"))
    assert "read" in str(error.value).lower() and crm.rows("select * from deal") == []


def test_a_connection_that_is_cut_midway(crm: Behind, tmp_path: Path) -> None:
    with opened(crm.access(tmp_path)) as database, pytest.raises(FunnelError) as error:
        read = 0
        for rows in database.stream(MANY[crm.kind]):
            if not read:
                crm.cut()
            read += rows.height
    assert error.value.message.code == "FNL-257" and 0 < read < 3_000_000
    assert all(len(error.value.message.lines(language)) == 4 for language in ("en", "zh-Hant"))


def test_a_query_that_fails_midway(crm: Behind, tmp_path: Path) -> None:
    """At a row, after others have come: the query is at fault, not the line."""
    query = {
        "postgresql": "select i, 1 / (i - 400000) as x, repeat('x', 100) as y from generate_series(1, 1000000) as i",
        "mariadb": "select seq, case seq when 400000 then json_extract(repeat('x', 9), concat('$', (select 1 union select seq))) end as x, repeat('x', 100) as y from seq_1_to_1000000",
    }[crm.kind]
    with opened(crm.access(tmp_path)) as database, pytest.raises(FunnelError) as error:
        read = 0
        for rows in database.stream(query):
            read += rows.height
    assert error.value.message.code == "FNL-256" and read > 0


def test_a_reading_that_nobody_wants_any_more_ends_at_once(crm: Behind, tmp_path: Path) -> None:
    """PyMySQL would read the other millions of rows to their end before it lets go."""
    with opened(crm.access(tmp_path)) as database:
        stream = database.stream(MANY[crm.kind])
        next(stream)
        stream.close()
        assert list(stream) == []
        assert crm.kind != "mariadb" or not database.connection.open  # type: ignore[attr-defined]


def test_equal_times_and_microseconds(crm: Behind, tmp_path: Path) -> None:
    """Without overlap: of rows at the very instant of the cursor none is passed over, and those a microsecond earlier do not come again."""
    crm.run(f"create table deal (id integer, changed_at {MOMENT[crm.kind]})")
    crm.run("insert into deal values (1, '2026-03-01 08:00:00.123455'), (2, '2026-03-01 08:00:00.123456'), (3, null)")
    connector = SqlConnector(crm.access(tmp_path, overlap_minutes=0), Mapping.model_validate(MAPPING))
    cursor, rows = read(connector, None)
    assert rows == ["1", "2", "3"] and json.loads(cursor)["values"] == {"deal": "2026-03-01T08:00:00.123456"}
    crm.run("insert into deal values (4, '2026-03-01 08:00:00.123456'), (5, '2026-03-01 08:00:00.123457')")
    cursor, rows = read(connector, cursor)
    assert rows == ["2", "3", "4", "5"] and json.loads(cursor)["values"] == {"deal": "2026-03-01T08:00:00.123457"}


def test_an_instant_with_a_zone_is_a_cursor(crm: Behind, tmp_path: Path) -> None:
    """Neither the zone of the writer's session nor of the server's moves it."""
    kind, zone = {"postgresql": ("timestamptz", "set time zone 'Asia/Taipei'"), "mariadb": ("timestamp(6)", "set time_zone = '+08:00'")}[
        crm.kind
    ]
    crm.run(
        f"create table deal (id integer, changed_at {kind} null)",
        zone,
        "insert into deal values (1, '2026-03-01 08:00:00'), (2, '2026-03-01 09:30:00')",
    )
    connector = SqlConnector(crm.access(tmp_path, overlap_minutes=60), Mapping.model_validate(MAPPING))
    cursor, rows = read(connector, None)
    assert rows == ["1", "2"] and json.loads(cursor)["values"] == {"deal": "2026-03-01T01:30:00Z"}
    crm.run(zone, "insert into deal values (3, '2026-03-01 08:30:00'), (4, '2026-03-01 08:29:59')")
    assert read(connector, cursor)[1] == ["2", "3"]


def read(connector: SqlConnector, cursor: str | None) -> tuple[str, list[str]]:
    """What the first extraction of a night brings: its cursor, and the keys in it."""
    for extraction in connector.extractions(cursor, NOW):
        keys = [key for batch in extraction.batches for key in batch.rows["id"].to_list()]
        return extraction.cursor() or "", sorted(keys)
    raise AssertionError("no extraction")
