"""Occurrence numbers of content keys: the second of two equal rows is another record than the first.

Belongs here: `<content key>#<n>`. Does not: making content keys (extract).
"""

import polars as pl


class Occurrences:
    """Numbers the rows of each content key in the whole delivery, from 1, refused ones too: a row refused today keeps its number."""

    def __init__(self) -> None:
        self._before: list[pl.DataFrame] = []  # of each chunk: keys, a 64-bit number of each to look them up by, how many rows

    def number(self, accepted: pl.DataFrame, refused: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Both frames with numbered `_record_key`; rows of one chunk count in the order of `_row_number`. An unreadable key stays NULL."""
        both = pl.concat(
            [
                frame.select("_record_key", "_row_number", pl.lit(part).alias("_part"), pl.int_range(pl.len()).alias("_place"))
                for part, frame in enumerate((accepted, refused))
            ]
        )
        totals = both.drop_nulls("_record_key").group_by("_record_key").agg(pl.len().cast(pl.Int64).alias("_before"))
        totals = totals.with_columns(pl.col("_record_key").hash().alias("_key_number"))
        numbered = (
            both.sort("_row_number", "_part", "_place", nulls_last=True)
            .with_columns(pl.int_range(1, pl.len() + 1).over("_record_key").alias("_n"))
            .join(self._seen_before(totals), on="_record_key", how="left")
            .with_columns(pl.concat_str("_record_key", pl.lit("#"), pl.col("_n") + pl.col("_before").fill_null(0)).alias("_numbered"))
            .sort("_part", "_place")
        )
        self._before.append(totals)
        keys = numbered["_numbered"]
        return (
            accepted.with_columns(keys.slice(0, accepted.height).alias("_record_key")),
            refused.with_columns(keys.slice(accepted.height).alias("_record_key")),
        )

    def _seen_before(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Rows of earlier chunks by key, of these keys and a few others."""
        earlier = pl.concat([*self._before, keys.clear()])
        found = earlier.filter(pl.col("_key_number").is_in(keys["_key_number"].implode()))
        return found.group_by("_record_key").agg(pl.col("_before").sum())
