"""Reading the published file: it answers questions, and nothing else."""

import hashlib
from datetime import date

import duckdb
import polars as pl
import pytest

from pipelines.messages.catalogue import FunnelError
from pipelines.publish.publish import publish
from pipelines.publish.reader import export_tables, open_published, published_freshness, run_query
from tests.unit.publish.made import DAY, build_warehouse, company


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = build_warehouse(company(tmp_path_factory.mktemp("reader")))
    publish(made, DAY, "run", [])
    return made


def test_a_query_is_answered(folder):
    assert run_query(folder, "select opportunity_id, amount from marts.fct_opportunity where is_won").rows() == [("crm:2", 200)]
    assert run_query(folder, "describe marts.fct_opportunity").height == 12
    assert run_query(folder, "with x as (select 1 as a) from x").rows() == [(1,)]


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("create table marts.x (a int)", "FNL-524"),
        ("drop table marts.fct_opportunity", "FNL-524"),
        ("delete from marts.fct_opportunity", "FNL-524"),
        ("update marts.fct_opportunity set amount = 0", "FNL-524"),
        ("copy marts.fct_opportunity to '{out}'", "FNL-524"),
        ("attach '{out}' as other", "FNL-524"),
        ("set enable_external_access = true", "FNL-524"),
        ("install httpfs", "FNL-524"),
        ("select 1; drop table marts.fct_opportunity", "FNL-524"),
        ("", "FNL-524"),
        ("export database '{out}'", "FNL-524"),
        ("select * from read_csv('/etc/passwd')", "FNL-523"),
        ("select * from '/etc/passwd'", "FNL-523"),
        ("select content from read_text('/etc/hostname')", "FNL-523"),
        ("select * from glob('/*')", "FNL-523"),
        ("select * from read_parquet('{out}')", "FNL-523"),
        ("selec 1", "FNL-523"),
        ("select * from nowhere", "FNL-523"),
    ],
)
def test_it_neither_writes_nor_looks_elsewhere(folder, tmp_path, sql, code):
    before = hashlib.sha256((folder.published / "funnel.duckdb").read_bytes()).hexdigest()
    with pytest.raises(FunnelError) as error:
        run_query(folder, sql.format(out=tmp_path / "out"))
    assert (error.value.message.code, error.value.exit_code) == (code, 2)
    assert len(error.value.message.lines("zh-Hant")) == 4
    assert not (tmp_path / "out").exists()
    assert hashlib.sha256((folder.published / "funnel.duckdb").read_bytes()).hexdigest() == before


def test_the_connection_itself_is_locked(folder):
    with open_published(folder.published / "funnel.duckdb") as connection:
        for sql in ("set enable_external_access = true", "set lock_configuration = false", "create table marts.x (a int)"):
            with pytest.raises(duckdb.Error):
                connection.execute(sql)


def test_before_the_first_publication(tmp_path):
    empty = company(tmp_path)
    for read in (lambda: run_query(empty, "select 1"), lambda: export_tables(empty, tmp_path / "out")):
        with pytest.raises(FunnelError) as error:
            read()
        assert error.value.message.code == "FNL-522"
    assert published_freshness(empty) is None


def test_freshness_names_the_scope_that_stopped(folder):
    found = published_freshness(folder)
    assert found.columns == ["source", "entity", "scope", "last", "is_fresh"]
    assert found.rows() == [
        ("crm", "opportunity", "rep A", date(2026, 3, 30), True),
        ("crm", "opportunity", "rep B", date(2026, 3, 1), False),
        ("list", "customer", "", date(2026, 3, 1), None),
    ]


def test_an_export_holds_every_table_twice_and_says_what_they_are(folder, tmp_path):
    counts = export_tables(folder, tmp_path / "out")
    assert counts["marts.fct_opportunity"] == 3 and counts["marts.open_deal"] == 1
    assert {path.stem for path in (tmp_path / "out" / "csv" / "canonical").iterdir()} == {"customer", "opportunity"}
    assert pl.read_parquet(tmp_path / "out" / "parquet" / "marts" / "fct_opportunity.parquet").height == 3
    text = pl.read_csv(tmp_path / "out" / "csv" / "canonical" / "customer.csv")
    assert text["customer_name"].to_list() == ['<script>alert("x")</script>\'; drop table marts.fct_opportunity; --']
    assert text["phone"].to_list() == [None]
    listed = pl.read_csv(tmp_path / "out" / "columns.csv")
    assert listed.filter(pl.col("description").is_null()).is_empty()
    assert (tmp_path / "out" / "manifest.json").is_file() and not list(tmp_path.glob(".*"))


def test_an_export_never_mixes_with_what_is_there(folder, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FunnelError) as error:
        export_tables(folder, tmp_path)
    assert error.value.message.code == "FNL-525"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
