"""Values of MySQL as text: the server itself sends text, which is kept as it is but for times and bits.

Belongs here: one column's form by its type. Does not: asking the database (mysql.py), or the forms that all share (text.py).
Zero dates (0000-00-00), which MySQL itself calls no date, are no value; a date that is zero in part stays, for the mapping to refuse.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines.extract.sql.rows import ToText, of_texts, of_values

TIMESTAMP, DATE, DATETIME, BIT = 7, 10, 12, 16
ZERO_DATE = r"^0000-00-00( 00:00:00(\.0+)?)?$"


def text_column(field: Any) -> ToText:
    """`field`: PyMySQL's description of a column of a result."""
    if field.type_code == BIT:
        return _of_bits
    if field.type_code == DATE:
        return lambda values: _dated(of_texts(values))
    if field.type_code in (DATETIME, TIMESTAMP):
        digits = "0" * (6 - field.scale) if 0 < field.scale < 6 else ""
        zone = "Z" if field.type_code == TIMESTAMP else ""
        return lambda values: _moments(of_texts(values), digits, zone)
    # Texts without a character set are bytes.
    return of_values if field.charsetnr == 63 else of_texts


def _dated(texts: pl.Series) -> pl.Series:
    return texts.set(texts.str.contains(ZERO_DATE), None)


def _moments(texts: pl.Series, digits: str, zone: str) -> pl.Series:
    """Six digits of a second, or none where all are zero; a TIMESTAMP is an instant."""
    whole = (_dated(texts) + digits).str.replace(" ", "T", literal=True).str.replace(r"\.000000$", "")
    return whole + zone if zone else whole


def _of_bits(values: Sequence[bytes | None]) -> pl.Series:
    """BIT(1) as 0 or 1, like TINYINT(1); wider ones as the number they are."""
    return pl.Series([None if value is None else str(int.from_bytes(value, "big")) for value in values], dtype=pl.String)
