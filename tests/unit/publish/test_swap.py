"""Versions of the publication: the last N stay, folders are private, the manifest says what is in them."""

import json
import stat
from datetime import date

import pytest

from expectations.result import CheckResult
from pipelines.publish.publish import publish
from pipelines.publish.swap import current_version, forget, published_manifest, versions
from tests.unit.publish.made import DAY, build_warehouse, company


def test_the_last_n_versions_are_kept(tmp_path):
    folder = build_warehouse(company(tmp_path, keep=2))
    for day in (29, 30, 31, 31):
        publish(folder, date(2026, 3, day), "run", [])
    assert [version.name for version in versions(folder.published)] == ["2026-03-31_1", "2026-03-31_2"]
    assert current_version(folder.published).name == "2026-03-31_2"


def test_after_an_erasure_no_older_version_survives_the_next_publication(tmp_path):
    folder = build_warehouse(company(tmp_path, keep=5))
    for day in (29, 30):
        publish(folder, date(2026, 3, day), "run", [])
    forget(folder.published)
    assert [version.name for version in versions(folder.published)] == ["2026-03-30_1"]
    for day in (31, 31):
        publish(folder, date(2026, 3, day), "run", [])
    assert [version.name for version in versions(folder.published)] == ["2026-03-31_1", "2026-03-31_2"]


def test_versions_of_one_day_sort_by_number(tmp_path):
    folder = build_warehouse(company(tmp_path, keep=3))
    for _ in range(11):
        publish(folder, DAY, "run", [])
    assert [version.name for version in versions(folder.published)] == [f"2026-03-31_{number}" for number in (9, 10, 11)]


def test_folders_are_private_and_files_read_only(tmp_path):
    folder = build_warehouse(company(tmp_path))
    file = publish(folder, DAY, "run", []).file
    assert file == folder.published / "funnel.duckdb"
    inside = [folder.published, *(path for path in folder.published.rglob("*") if not path.is_symlink())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in inside if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in inside if path.is_file()} == {0o400}


def test_parquet_lies_beside_the_file(tmp_path):
    folder = build_warehouse(company(tmp_path))
    publish(folder, DAY, "run", [])
    found = {path.relative_to(folder.published / "parquet").as_posix() for path in (folder.published / "parquet").glob("*/*")}
    assert {"marts/fct_opportunity.parquet", "canonical/customer.parquet", "snapshots/opportunity_as_published.parquet"} <= found
    assert "marts/open_deal.parquet" not in found


def test_the_manifest(tmp_path):
    folder = build_warehouse(company(tmp_path))
    warned = CheckResult("range", "marts.x", "warning", False, "FNL-512", {"table": "marts.x"}, [{"day": date(2026, 1, 1)}])
    publish(folder, DAY, "run 7", [warned])
    manifest = json.loads((folder.published / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == published_manifest(folder.published)
    assert (manifest["format"], manifest["as_of_date"], manifest["run_id"], manifest["version"]) == (
        1,
        "2026-03-31",
        "run 7",
        "2026-03-31_1",
    )
    assert manifest["tables"]["marts.fct_opportunity"]["row_count"] == 3
    assert manifest["checks"] == [
        {
            "name": "range",
            "table": "marts.x",
            "severity": "warning",
            "passed": False,
            "message_code": "FNL-512",
            "values": {"table": "marts.x"},
            "example_rows": [{"day": "2026-01-01"}],
        }
    ]
    assert manifest["funnel_count"] == 5 and manifest["personal_data"] is False and manifest["deliveries"] == []


def test_live_deliveries_are_named_without_publications(tmp_path):
    import polars as pl

    folder = build_warehouse(company(tmp_path))
    path = folder.state / "delivery" / "part.parquet"
    path.parent.mkdir(parents=True)
    pl.DataFrame(
        {
            "delivery_id": ["d1", "d1", "d2", "d3", "d4"],
            "is_live": [True, True, False, True, True],
            "delivered_date": [date(2026, 3, 1)] * 3 + [date(2026, 4, 1), date(2026, 3, 30)],
            "source_kind": ["file"] * 4 + ["publication"],
        }
    ).write_parquet(path)
    publish(folder, DAY, "run", [])
    assert published_manifest(folder.published)["deliveries"] == ["d1"]


@pytest.mark.parametrize("moved", [False, True])
def test_the_published_folder_may_be_copied_elsewhere(tmp_path, moved):
    import shutil

    import duckdb

    folder = build_warehouse(company(tmp_path / "a"))
    publish(folder, DAY, "run", [])
    shutil.copytree(folder.published, tmp_path / "b", symlinks=moved)
    shutil.rmtree(tmp_path / "a")
    with duckdb.connect(str(tmp_path / "b" / "funnel.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.fct_opportunity").fetchall() == [(3,)]
