"""The members of one entity of one delivery: key, hash and place of every row, in the order they came.

Belongs here: keeping them until the end, and finding those whose key comes more than once. Does not: contents, or what a repetition means.
Memory: about 100 bytes a row. Keys are compared by a 64-bit number first, so that only keys that seem to repeat are ever grouped.
"""

import polars as pl

from pipelines.landing.known_content import IDENTITY

MEMBERSHIP = pl.Schema({**{name: pl.String for name in (*IDENTITY, "_sheet")}, "_row_number": pl.Int64, "_is_refused": pl.Boolean})
_NUMBER = "_key_number"


class Members:
    """`accepted` and `refused` rows of each chunk; `stems`: what an accepted row's key is without its occurrence number."""

    def __init__(self) -> None:
        self._frames: list[pl.DataFrame] = []
        self.chunk_count = 0

    def add(self, accepted: pl.DataFrame, refused: pl.DataFrame, stems: pl.Series) -> None:
        columns = [name for name in MEMBERSHIP if name != "_is_refused"]
        no_hash, no_number = pl.lit(None, pl.String).alias("_record_hash"), pl.lit(None, pl.UInt64).alias(_NUMBER)
        self._frames.append(accepted.select(*columns, pl.lit(False).alias("_is_refused"), stems.hash().alias(_NUMBER)))
        if refused.height:
            refused = refused.with_columns(no_hash).select(*columns, pl.lit(True).alias("_is_refused"), no_number)
            self._frames.append(refused)
        self.chunk_count += 1

    def rows(self) -> pl.DataFrame:
        """MEMBERSHIP."""
        return self._all().select(*MEMBERSHIP)

    def of_repeated_keys(self) -> pl.DataFrame:
        """MEMBERSHIP of accepted rows, among them every row whose stem another row has too."""
        members = self._all()
        numbers = members[_NUMBER].drop_nulls().sort()
        again = numbers.filter(numbers == numbers.shift(1)).unique()
        chosen = members.filter(pl.col(_NUMBER).is_in(again.implode())) if again.len() else members.clear()
        return chosen.select(*MEMBERSHIP)

    def refuse(self, keys: pl.DataFrame) -> None:
        """Accepted rows of these keys are refused instead, without a hash."""
        is_chosen = ~pl.col("_is_refused") & pl.col("_record_key").is_in(keys["_record_key"].implode())
        self._frames = [
            frame.with_columns(
                pl.when(is_chosen).then(None).otherwise(pl.col("_record_hash")).alias("_record_hash"),
                (pl.col("_is_refused") | is_chosen).alias("_is_refused"),
            )
            for frame in self._frames
        ]

    def _all(self) -> pl.DataFrame:
        nothing = MEMBERSHIP.to_frame().with_columns(pl.lit(None, pl.UInt64).alias(_NUMBER))
        return pl.concat([nothing, *self._frames], rechunk=False)
