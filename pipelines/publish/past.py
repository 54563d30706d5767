"""A run for a date earlier than the last publication: computed beside it, never published.

Belongs here: telling such a run, and where its file lies. Does not: building the warehouse for it.
"""

import os
import shutil
from datetime import date
from pathlib import Path

from pipelines.publish.file import build_file
from pipelines.publish.swap import published_manifest
from pipelines.publish.tables import PublishedTable
from pipelines.settings.company import CompanyFolder


def is_past(folder: CompanyFolder, as_of_date: date) -> bool:
    """Earlier than the as-of date last published."""
    content = published_manifest(folder.published)
    return content is not None and as_of_date < date.fromisoformat(content["as_of_date"])


def past_file(folder: CompanyFolder, as_of_date: date) -> Path:
    return folder.data / "as_of" / f"{as_of_date.isoformat()}.duckdb"


def write_past(folder: CompanyFolder, as_of_date: date, warehouse: Path, dbt_manifest: Path) -> tuple[Path, list[PublishedTable]]:
    """data/as_of/<date>.duckdb with the tables of a publication, replaced in one step; publication and ledger stay as they are."""
    target = past_file(folder, as_of_date)
    working = target.parent / f".tmp-{as_of_date.isoformat()}"
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir(parents=True, mode=0o700)
    target.parent.chmod(0o700)
    tables = build_file(warehouse, dbt_manifest, working / target.name, folder.settings.publish.personal_data)
    os.replace(working / target.name, target)
    shutil.rmtree(working)
    return target, tables
