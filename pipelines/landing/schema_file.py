"""Zero-row files that give every entity folder its full shape (an engine can neither read an empty folder nor a column nobody delivered).

Belongs here: their columns and when they are written. Does not: any record.
"""

from pathlib import Path

import polars as pl

from pipelines.extract.delivery import PROBLEM_SCHEMA
from pipelines.landing.storage import make_folder, settle, temporary
from pipelines.settings.entities import landed_columns

NAME = "schema.parquet"


def ensure_schema_files(folder: Path, entity: str) -> None:
    """Write content/schema.parquet and problem/schema.parquet of an entity folder where they are missing or too narrow."""
    content = {name: pl.String for name in ("_record_key", "_record_hash", "_commit_id", *landed_columns(entity))}
    problem = {"_membership_id": pl.String, **PROBLEM_SCHEMA}
    for part, columns in (("content", content), ("problem", problem)):
        path = folder / part / NAME
        if not path.is_file() or pl.read_parquet_schema(path).keys() != columns.keys():
            make_folder(path.parent)
            pl.DataFrame(schema=columns).write_parquet(temporary(path))
            settle(temporary(path), path)
