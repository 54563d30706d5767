"""The published file: which tables, what they say of themselves, and what they hold back."""

import shutil

import duckdb
import pytest

from pipelines.publish.file import build_file
from pipelines.warehouse.dbt import target_dir
from tests.unit.publish.made import build_warehouse, company


@pytest.fixture
def build(tmp_path):
    def made(*changes: str, personal_data: bool = False):
        folder = build_warehouse(company(tmp_path), *changes)
        target = tmp_path / "funnel.duckdb"
        target.unlink(missing_ok=True)
        return build_file(folder.warehouse, target_dir(folder) / "manifest.json", target, personal_data), target

    return made


def rows(file, sql):
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_the_published_schemas_and_no_other(build):
    tables, file = build()
    assert {row[0] for row in rows(file, "select distinct schema_name from duckdb_columns() where not internal")} == {
        "canonical",
        "snapshots",
        "marts",
    }
    assert rows(file, "select count(*) from canonical.opportunity") == [(3,)]
    assert {table.key: table.row_count for table in tables}["marts.fct_opportunity"] == 3


def test_every_table_and_column_carries_its_description(build):
    _, file = build()
    silent = rows(file, "select table_name, column_name from duckdb_columns() where not internal and comment is null")
    silent += rows(
        file,
        "select table_name from duckdb_tables() where comment is null "
        "union all select view_name from duckdb_views() where not internal and comment is null",
    )
    assert silent == []
    assert rows(file, "select comment from duckdb_tables() where table_name = 'customer'") == [("It's customer. One row per thing.",)]
    assert rows(file, "select comment from duckdb_columns() where table_name = 'customer' and column_name = 'phone'") == [
        ("The phone of customer.",)
    ]


def test_views_of_published_tables_stay_views_and_survive_another_name(build, tmp_path):
    tables, file = build()
    assert {table.name: table.kind for table in tables if table.name in {"open_deal", "a_view_of_a_view", "from_staging"}} == {
        "open_deal": "view",
        "a_view_of_a_view": "view",
        "from_staging": "table",
    }
    moved = tmp_path / "elsewhere" / "renamed.duckdb"
    moved.parent.mkdir()
    shutil.copy(file, moved)
    shutil.rmtree(tmp_path / "data")
    assert rows(moved, "select opportunity_id from marts.open_deal") == [("crm:1",)]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{moved}' as another (read_only)")
        assert connection.execute("select deal_count from another.marts.a_view_of_a_view").fetchall() == [(1,)]
    assert rows(moved, "select secret from marts.from_staging") == [("hidden",)]


def test_a_view_that_names_its_columns_is_published_as_a_table(build):
    tables, file = build("create view marts.named (deal) as select opportunity_id from warehouse.marts.fct_opportunity")
    assert [table.kind for table in tables if table.name == "named"] == ["table"]
    assert rows(file, "select count(deal) from marts.named") == [(3,)]


def test_personal_data_stays_behind(build):
    _, file = build()
    assert rows(file, "select phone, email, address_text, contact_mobile, nickname from canonical.customer") == [
        (None, None, None, None, None)
    ]
    assert rows(file, "select phone_count from canonical.customer") == [(2,)]
    assert rows(file, "select count(_extra) from canonical.opportunity") == [(0,)]
    assert {row[0] for row in rows(file, "select data_type from duckdb_columns() where column_name in ('phone', '_extra')")} == {"VARCHAR"}


def test_changes_and_faults_do_not_give_personal_data_away(build):
    _, file = build()
    assert rows(file, "select old_value, new_value from marts.record_change_log order by record_change_id") == [
        (None, None),
        ("100.00", "20000000"),
        ("x", None),
        (None, None),
        ("need", "won"),
    ]


def test_personal_data_is_published_where_the_company_says_so(build):
    _, file = build(personal_data=True)
    assert rows(file, "select phone, email, address_text, contact_mobile, nickname from canonical.customer") == [
        ("+886212345678", "a@b.tw", "台北市", "0912", "Bo")
    ]
    assert rows(file, "select _extra from canonical.opportunity where _extra is not null") == [('{"手機":"0912345678"}',)]
    assert rows(file, "select new_value from marts.record_change_log where record_change_id = '3'") == [("write to a@b.tw",)]


def test_values_that_look_like_code_stay_values(build):
    _, file = build('create table marts."odd "" name; --" as select 1 as "a "" b\'; --"')
    assert rows(file, "select customer_name from canonical.customer") == [
        ('<script>alert("x")</script>\'; drop table marts.fct_opportunity; --',)
    ]
    assert rows(file, "select count(*) from marts.fct_opportunity") == [(3,)]
    assert rows(file, 'select "a "" b\'; --" from marts."odd "" name; --"') == [(1,)]
