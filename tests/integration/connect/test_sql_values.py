"""What a database holds, as the text that lands: each server's own types on a real one, and SQLite's columns that hold anything.

Expected texts are what was inserted, spelled as docs/sources/sql.md says.
"""

from pathlib import Path

import polars as pl
import pytest

from pipelines.extract.mapping import Mapping
from pipelines.extract.sql.connector import SqlConnector
from pipelines.extract.sql.opened import opened
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.load import load_company
from tests.integration.connect.databases import Behind
from tests.integration.connect.nights import land_at
from tests.integration.connect.test_sql_nights import FIRST, MAPPING, SCHEMA, SETTINGS, inserted
from tests.integration.connect.test_sql_snapshot import MAPPING as PLAIN
from tests.integration.connect.test_sql_snapshot import read

LONG = "長" * 1_000_000
VALUES = [  # column's type, SQL, text
    ("varchar(40)", "'王小明 🧋 \U0001f469\u200d\U0001f4bb'", "王小明 🧋 \U0001f469\u200d\U0001f4bb"),
    ("varchar(40)", "''", ""),
    ("varchar(40)", "null", None),
    ("longtext", f"'{LONG}'", LONG),
    ("decimal(38, 10)", "1234567890123456789012345678.0123456789", "1234567890123456789012345678.0123456789"),
    ("decimal(18, 2)", "0.10", "0.10"),
    ("bigint unsigned", "18446744073709551615", "18446744073709551615"),
    ("double", "1.5e300", "1.5e300"),
    ("float", "0.1", "0.1"),
    ("tinyint(1)", "true", "1"),
    ("tinyint(1)", "0", "0"),
    ("bit(1)", "b'1'", "1"),
    ("bit(10)", "b'1000000001'", "513"),
    ("datetime", "'2026-05-07 08:24:03'", "2026-05-07T08:24:03"),
    ("datetime(6)", "'2026-05-07 08:24:03.000001'", "2026-05-07T08:24:03.000001"),
    ("datetime(6)", "'2026-05-07 08:24:03'", "2026-05-07T08:24:03"),
    ("datetime(3)", "'2026-05-07 08:24:03.120'", "2026-05-07T08:24:03.120000"),
    ("timestamp(6)", "'2026-05-07 08:24:03.5'", "2026-05-07T00:24:03.500000Z"),  # inserted in Taipei
    ("timestamp", "'2026-05-07 08:24:03'", "2026-05-07T00:24:03Z"),
    ("datetime", "'0000-00-00 00:00:00'", None),
    ("timestamp", "'0000-00-00 00:00:00'", None),
    ("date", "'0000-00-00'", None),
    ("date", "'2026-05-00'", "2026-05-00"),  # no date either, but somebody wrote it: the mapping tells it
    ("date", "'2024-02-29'", "2024-02-29"),
    ("time", "'-838:59:59'", "-838:59:59"),
    ("time(3)", "'08:24:03.120'", "08:24:03.120"),
    ("year", "2026", "2026"),
    ("enum('New', '成交')", "'成交'", "成交"),
    ("set('a', 'b', 'c')", "'c,a'", "a,c"),
    ("json", '\'{"a": [1, "王"]}\'', '{"a": [1, "王"]}'),
    ("blob", "x'00ff10'", "00ff10"),
    ("varbinary(10)", "x'e78e8b'", "e78e8b"),
    ("uuid", "'6f3a2c1e-0000-4000-8000-00000000abcd'", "6f3a2c1e-0000-4000-8000-00000000abcd"),
]
POSTGRESQL = [
    ("text", "'王小明 🧋'", "王小明 🧋"),
    ("numeric(38, 10)", "1234567890123456789012345678.0123456789", "1234567890123456789012345678.0123456789"),
    ("numeric", "0.10", "0.10"),
    ("bigint", "-9223372036854775808", "-9223372036854775808"),
    ("double precision", "0.1", "0.1"),
    ("boolean", "true", "true"),
    ("timestamp", "'2026-05-07 08:24:03'", "2026-05-07T08:24:03"),
    ("timestamp", "'2026-05-07 08:24:03.120'", "2026-05-07T08:24:03.120000"),
    ("timestamp", "'0044-03-15 08:24:03'", "0044-03-15T08:24:03"),
    ("timestamptz", "'2026-05-07 08:24:03.5+08'", "2026-05-07T00:24:03.500000Z"),
    ("date", "'2024-02-29'", "2024-02-29"),
    ("time", "'08:24:03'", "08:24:03"),
    ("jsonb", '\'{"a": [1, "王"]}\'', '{"a": [1, "王"]}'),
    ("uuid", "'6f3a2c1e-0000-4000-8000-00000000abcd'", "6f3a2c1e-0000-4000-8000-00000000abcd"),
    ("bytea", "'\\x00ff10'", "00ff10"),
    ("integer[]", "'{1,2,null}'", "[1, 2, null]"),
    ("timestamp", "'infinity'", "infinity"),
    ("timestamptz", "'-infinity'", "-infinity"),
    ("date", "'infinity'", "infinity"),
    ("date", "'0044-03-15 BC'", "out of range"),
]


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_postgresql_values(crm: Behind, tmp_path: Path) -> None:
    columns = ", ".join(f"c{number} {kind}" for number, (kind, _, _) in enumerate(POSTGRESQL))
    crm.run(
        f"create table held (id int, {columns})",
        f"insert into held values (1, {', '.join(sql for _, sql, _ in POSTGRESQL)})",
        "insert into held (id) values (2)",
    )
    with opened(crm.access(tmp_path)) as database:
        (rows,) = database.stream("select * from held order by id")
    first, second = rows.drop("id").rows()
    assert list(first) == [text for _, _, text in POSTGRESQL]
    assert set(second) == {None} and set(rows.dtypes) == {pl.String()}


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.parametrize("value", ["5::money", "interval '1 day'", "inet '1.2.3.4'", "B'101'", "int4range(1, 5)", "point(1, 2)"])
def test_postgresql_types_without_a_form_are_refused(crm: Behind, tmp_path: Path, value: str) -> None:
    """Money would come as cents, the others as bytes; as text they are read."""
    with pytest.raises(FunnelError) as error, opened(crm.access(tmp_path)) as database:
        list(database.stream(f"select {value} as odd"))
    assert error.value.message.code == "FNL-256" and "odd (" in " ".join(error.value.message.lines())
    with opened(crm.access(tmp_path)) as database:
        (rows,) = database.stream(f"select ({value})::text as odd")
    assert rows["odd"].item()


@pytest.mark.parametrize("server", ["mariadb"], indirect=True)
def test_mariadb_values(crm: Behind, tmp_path: Path) -> None:
    columns = ", ".join(f"c{number} {kind} null" for number, (kind, _, _) in enumerate(VALUES))
    crm.run(
        f"create table held (id int, {columns})",
        "set time_zone = '+08:00'",
        "set sql_mode = ''",
        f"insert into held values (1, {', '.join(sql for _, sql, _ in VALUES)})",
        "insert into held (id) values (2)",
    )
    with opened(crm.access(tmp_path)) as database:
        (rows,) = database.stream("select * from held order by id")
    assert set(rows.dtypes) == {pl.String()}
    first, second = rows.drop("id").rows()
    assert list(first) == [text for _, _, text in VALUES]
    assert set(second) == {None}


@pytest.mark.parametrize("server", ["mariadb"], indirect=True)
def test_mariadb_expressions(crm: Behind, tmp_path: Path) -> None:
    """A percent sign is no placeholder; no rows still have columns."""
    query = "select concat('a', 1) as c, 7 % 4 as d, 'x' like '%' as e, cast(1.50 as decimal(9, 2)) as f, date '2026-05-07' + interval 1 day as g"
    with opened(crm.access(tmp_path)) as database:
        (rows,) = database.stream(query)
        (none,) = database.stream(f"select * from ({query}) x where c = 'b'")
    assert rows.rows() == [("a1", "3", "1", "1.50", "2026-05-08")]
    assert none.columns == rows.columns and none.height == 0


@pytest.mark.parametrize("server", ["mariadb"], indirect=True)
def test_a_zero_date_is_no_time_and_is_read_every_night(crm: Behind, tmp_path: Path) -> None:
    crm.run("create table deal (id integer, changed_at datetime)")
    crm.run("set sql_mode = ''", "insert into deal values (1, '0000-00-00'), (2, '2026-03-01 08:00:00'), (3, '2026-01-01 08:00:00')")
    connector = SqlConnector(crm.access(tmp_path), Mapping.model_validate(PLAIN))
    cursor, _ = read(connector, None)
    assert read(connector, cursor)[1] == ["1", "2"]


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_sqlite_columns_hold_anything(crm: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text and bytes come through, a blank is no value."""
    (tmp_path / "mappings").mkdir()
    (tmp_path / "funnel.yaml").write_text(SETTINGS.format(connection=crm.settings()), encoding="utf-8")
    (tmp_path / "mappings" / "crm.yaml").write_text(MAPPING, encoding="utf-8")
    folder = load_company(tmp_path)
    rows = [(1, "A", 5, "New", None), (2, "B", "12.50", " ", None), (3, "C", 7.25, None, None), (4, "", "a lot", "New", None)]
    crm.run(*(table.format(moment="text", anything="") for table in SCHEMA), inserted("deal", rows))
    (outcome,) = land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch).values()
    assert outcome.rows == {"source": 4, "accepted": 4, "refused": 0, "blank": 0, "title": 0, "duplicates": 0}
    (problem,) = folder.landing.glob("nightly/opportunity/problem/m*.parquet")
    assert pl.read_parquet(problem)["raw_value"].to_list() == ["a lot"]
    (content,) = folder.landing.glob("nightly/opportunity/content/e*.parquet")
    read = pl.read_parquet(content).sort("_record_key")
    assert read["amount"].to_list() == ["5", "12.5", "7.25", None] and read["stage"].to_list() == ["New", None, None, "New"]


@pytest.mark.parametrize("server", ["sqlite", "postgresql", "mariadb"], indirect=True)
def test_two_columns_of_one_name_are_refused(crm: Behind, tmp_path: Path) -> None:
    """One of them would be lost in silence."""
    crm.run("create table a (id integer)")
    with pytest.raises(FunnelError) as error, opened(crm.access(tmp_path)) as database:
        list(database.stream("select x.id, y.id from a x left join a y on x.id = y.id"))
    assert error.value.message.code == "FNL-256" and "'id'" in " ".join(error.value.message.lines())
