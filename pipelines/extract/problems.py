"""Rows of the problem list: which cell or row, what is wrong with it, what was done.

Belongs here: making PROBLEM_SCHEMA frames. Does not: deciding what is wrong (fields, keys) or done (records).
"""

from collections.abc import Sequence

import polars as pl

from pipelines.extract.delivery import PROBLEM_SCHEMA
from pipelines.extract.json_columns import json_objects
from pipelines.extract.table import ROW_NUMBER

SCHEMA = pl.Schema(PROBLEM_SCHEMA)


def no_problems() -> pl.DataFrame:
    return pl.DataFrame(schema=SCHEMA)


def cell_problems(rows: pl.DataFrame, sheet: str, header: str, raw: pl.Series | None, code: pl.Series, action: str) -> pl.DataFrame:
    """One row per cell whose `code` (aligned with `rows`) is not NULL."""
    texts = raw if raw is not None else pl.Series([None] * len(rows), dtype=pl.String)
    place = pl.DataFrame({ROW_NUMBER: rows[ROW_NUMBER], "problem_code": code, "raw_value": texts})
    found = place.filter(pl.col("problem_code").is_not_null()).with_columns(
        pl.lit(None).alias("_record_key"),
        pl.lit(sheet).alias("_sheet"),
        pl.lit(header).alias("column_name"),
        pl.lit(action).alias("action_code"),
        pl.lit(None).alias("raw_row"),
    )
    return found.select(SCHEMA.names()).cast(SCHEMA)  # type: ignore[arg-type]


def described(problems: pl.DataFrame, keys: pl.DataFrame, rows: pl.DataFrame, headers: Sequence[str]) -> pl.DataFrame:
    """`problems` with the record's key (keys: _row_number, _record_key), and every cell of the row where it was refused."""
    if problems.is_empty():
        return problems
    refused = problems.filter(pl.col("action_code") == "refused")[ROW_NUMBER].unique()
    lost = rows.filter(pl.col(ROW_NUMBER).is_in(refused.implode()))
    texts = pl.DataFrame({ROW_NUMBER: lost[ROW_NUMBER], "whole": json_objects({header: lost[header] for header in headers}, len(lost))})
    told = problems.drop("_record_key").join(keys, on=ROW_NUMBER, how="left", maintain_order="left")
    told = told.join(texts, on=ROW_NUMBER, how="left", maintain_order="left")
    return told.with_columns(pl.when(pl.col("action_code") == "refused").then("whole").alias("raw_row")).select(SCHEMA.names())


def ragged_problems(ragged: pl.DataFrame, keys: pl.Series, sheet: str, cells: dict[str, pl.Series], width: int) -> pl.DataFrame:
    """One row per record whose cells do not fit the header; raw_value says `found / expected`."""
    return pl.DataFrame(
        {
            "_record_key": keys,
            "_sheet": [sheet] * len(ragged),
            ROW_NUMBER: ragged[ROW_NUMBER],
            "problem_code": ragged["code"],
            "column_name": [""] * len(ragged),
            "raw_value": ragged["cells"].list.len().cast(pl.String) + f" / {width}",
            "action_code": ["refused"] * len(ragged),
            "raw_row": json_objects(cells, len(ragged)),
        },
        schema=SCHEMA,
    )
