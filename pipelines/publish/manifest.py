"""The manifest of a publication: as of which date, from which deliveries, by which code, with which checks.

Belongs here: the shape of manifest.json. Does not: writing tables, or the ledger's own manifest. It holds no clock time:
the same publication made twice has the same manifest but for its run.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import duckdb

from pipelines.publish.tables import PublishedTable
from pipelines.settings.company import CompanyFolder

FORMAT = 1


def manifest(
    folder: CompanyFolder,
    as_of_date: date,
    run_id: str,
    name: str,
    tables: Iterable[PublishedTable],
    checks: list[dict[str, Any]],
    published_file: Path,
) -> dict[str, Any]:
    """Everything but the publication's own ledger entry, which publish.py adds under `publication`,
    and `funnel_count`."""
    settings = folder.settings
    return {
        "format": FORMAT,
        "version": name,
        "as_of_date": as_of_date.isoformat(),
        "run_id": run_id,
        "code_version": code_version(),
        "company": settings.company,
        "time_zone": settings.time_zone,
        "base_currency": settings.base_currency,
        "minimum_rate_count": settings.minimum_rate_count,
        "personal_data": settings.publish.personal_data,
        "deliveries": live_deliveries(folder, as_of_date),
        "tables": {table.key: {"kind": table.kind, "row_count": table.row_count, "columns": table.columns} for table in tables},
        "checks": checks,
        "file": {"name": published_file.name, "size": published_file.stat().st_size, "sha256": sha256_of(published_file)},
    }


def write_manifest(content: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")


def live_deliveries(folder: CompanyFolder, as_of_date: date) -> list[str]:
    """Ids of the live deliveries dated up to `as_of_date`, publications left out; from the ledger state the models read."""
    files = str(folder.state / "delivery" / "*.parquet")
    if not list((folder.state / "delivery").glob("*.parquet")):
        return []
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select distinct delivery_id from read_parquet(?) "
            "where is_live and delivered_date <= ? and source_kind <> 'publication' order by delivery_id",
            [files, as_of_date],
        ).fetchall()
    return [row[0] for row in rows]


def funnel_count(published_file: Path) -> int | None:
    """Deals the funnel shows, standing in a stage or having reached one; the next night compares with it. None without a funnel."""
    with duckdb.connect(str(published_file), read_only=True) as connection:
        if not connection.execute(
            "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'funnel_by_stage'"
        ).fetchone():
            return None
        row = connection.execute("select coalesce(sum(open_count + reached_count), 0)::bigint from marts.funnel_by_stage").fetchone()
    return row[0] if row else None


def code_version() -> str:
    """The installed version of this program; 'checkout' when it runs uninstalled."""
    try:
        return version("funnel-warehouse")
    except PackageNotFoundError:
        return "checkout"


def sha256_of(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
