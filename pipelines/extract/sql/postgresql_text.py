"""Columns of PostgreSQL as text, from the typed columns that its driver makes of the server's binary form.

Belongs here: which types have a form that can be read, and that form. Does not: asking the database, or one value (text.py).
"""

from uuid import UUID

import polars as pl
import pyarrow as pa

from pipelines.extract.sql.text import text_of

BYTES_WITHIN = "storage_type=binary"  # inet, bit, ranges, …: the driver hands on the server's own bytes
EPOCH_FIRST, EPOCH_LAST = -62_135_596_800, 253_402_300_799  # the years 0001 to 9999, in seconds
DAY_FIRST, DAY_LAST = -719_162, 2_932_896  # … and in days
# Infinity is the greatest number of the server, and runs over when the driver counts from 1970 instead of 2000.
INFINITE_MOMENTS = {-9_222_425_352_054_775_809 + sign: text for sign, text in enumerate(("infinity", "-infinity"))}
INFINITE_DAYS = {-2_147_472_692 + sign: text for sign, text in enumerate(("infinity", "-infinity"))}
OUT_OF_RANGE = "out of range"


def unreadable(schema: pa.Schema) -> list[str]:
    """Columns that would come as bytes, as cents, or not at all: name and type."""
    found = []
    for column in schema:
        type_name = ((column.metadata or {}).get(b"POSTGRESQL:type") or b"").decode()
        if type_name == "money" or pa.types.is_interval(column.type) or BYTES_WITHIN in str(column.type):
            found.append(f"{column.name} ({type_name})")
    return found


def text_frame(batch: pa.RecordBatch) -> pl.DataFrame:
    """Every column of typed rows as text, plain types without leaving the library."""
    frame = pl.DataFrame(pl.from_arrow(batch))
    identities = {column.name for column in batch.schema if str(column.type) == "extension<arrow.uuid>"}
    return frame.select(
        _identity(name, frame) if name in identities else _column(name, dtype, frame) for name, dtype in frame.schema.items()
    )


def _identity(name: str, frame: pl.DataFrame) -> pl.Series:
    return pl.Series(name, [value and str(UUID(bytes=value)) for value in frame[name].to_list()], dtype=pl.String)


def _column(name: str, dtype: pl.DataType, frame: pl.DataFrame) -> pl.Expr | pl.Series:
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        moment = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if dtype.time_zone else column
        known = column.to_physical().is_between(EPOCH_FIRST * 1_000_000, EPOCH_LAST * 1_000_000 + 999_999)
        written = pl.when(known).then(moment).dt.to_string("iso:strict").str.strip_suffix(".000000")  # twice as fast as strftime
        return _others(column, written + "Z" if dtype.time_zone else written, INFINITE_MOMENTS)
    if dtype == pl.Date:
        known = column.to_physical().is_between(DAY_FIRST, DAY_LAST)
        return _others(column, pl.when(known).then(column).cast(pl.String), INFINITE_DAYS)
    if isinstance(dtype, pl.BaseExtension) and dtype.ext_storage() == pl.String:  # numeric, JSON
        return column.ext.storage()
    if dtype.is_numeric() or dtype in (pl.Boolean, pl.Time, pl.String):
        return column.cast(pl.String)
    return pl.Series(name, [text_of(value) for value in frame[name].to_list()], dtype=pl.String)


def _others(column: pl.Expr, written: pl.Expr, infinite: dict[int, str]) -> pl.Expr:
    """Infinity as the server writes it; for the mapping to refuse or to have words for."""
    number = column.to_physical()
    told = pl.when(number.is_in(list(infinite))).then(number.replace_strict(infinite, default=None, return_dtype=pl.String))
    return pl.coalesce(written, told.otherwise(pl.when(column.is_not_null()).then(pl.lit(OUT_OF_RANGE))))
