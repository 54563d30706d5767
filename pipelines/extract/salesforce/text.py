"""Salesforce's values as text, the same whether REST (JSON) or Bulk (CSV) brought them.

Belongs here: one column to text. Does not: asking, or parsing text (the mapping says how).
Instants end in Z; numbers are plain, without exponent or trailing zeros (1.0E7 is 10000000); lists and objects are JSON.
"""

import json
import re
from decimal import Decimal
from typing import Any

import polars as pl

EXPONENT = r"^-?\d+(\.\d+)?[eE][+-]?\d+$"
NUMBERS = ("double", "currency", "percent", "int", "long")


def text_frame(columns: dict[str, list[str | None]] | pl.DataFrame, types: dict[str, str]) -> pl.DataFrame:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String())) if isinstance(columns, dict) else columns
    return pl.DataFrame([_column(frame[name], types.get(name, "string")) for name in frame.columns])


def text_of(value: Any) -> str | None:
    """One value of JSON."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _column(values: pl.Series, kind: str) -> pl.Series:
    values = values.replace("", None)
    if kind == "datetime":
        return values.str.replace(r"\+0000$", "Z")
    if kind in NUMBERS:
        if values.str.contains(EXPONENT).any():
            values = values.map_elements(_without_exponent, return_dtype=pl.String)
        return values.str.replace(r"^(-?\d+\.\d*?)0+$", "$1").str.strip_suffix(".")
    return values


def _without_exponent(value: str) -> str:
    return format(Decimal(value), "f") if re.search(EXPONENT, value) else value
