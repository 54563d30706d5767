"""Two different rows of one delivery with one declared key: all are refused, each with its content.

Belongs here: finding such keys and describing their rows. Does not: counting or writing (entity_writer.py).
"""

import json

import polars as pl

from pipelines.extract.delivery import PROBLEM_SCHEMA
from pipelines.landing.known_content import IDENTITY
from pipelines.settings.entities import KEPT_JSON

CODE = "FNL-305"


def conflicting_keys(pairs: pl.DataFrame) -> pl.DataFrame:
    """Keys (one column `_record_key`) that distinct accepted (key, hash) pairs give more than one content."""
    return pairs.group_by("_record_key").len().filter(pl.col("len") > 1).select("_record_key").sort("_record_key")


def conflict_problems(rows: pl.DataFrame, contents: pl.DataFrame) -> pl.DataFrame:
    """PROBLEM_SCHEMA, one row per membership row in `rows`; raw_row is the JSON of that row's delivered values."""
    texts = {(row["_record_key"], row["_record_hash"]): _raw_row(row) for row in contents.iter_rows(named=True)}
    return pl.DataFrame(
        [
            (key, sheet, number, CODE, "", key, "refused", texts[key, content_hash])
            for key, content_hash, sheet, number in rows.select(*IDENTITY, "_sheet", "_row_number").iter_rows()
        ],
        schema=PROBLEM_SCHEMA,
        orient="row",
    )


def _raw_row(row: dict[str, str | None]) -> str:
    kept = {name: value for name, value in row.items() if value is not None and (not name.startswith("_") or name in KEPT_JSON)}
    return json.dumps(kept, ensure_ascii=False)
