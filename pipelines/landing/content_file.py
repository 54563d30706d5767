"""The new contents of one entity of one delivery, streamed into one Parquet file.

Belongs here: writing chunks, and writing again without some of them. Does not: deciding which are new or refused (entity_writer.py).
"""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.landing.known_content import IDENTITY, NOTHING

BATCH_ROWS = 200_000


class ContentFile:
    """`path` exists once a row was appended; all columns are strings."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: pq.ParquetWriter | None = None
        self._file: pa.OSFile | None = None  # opened by us, so that a failed write does not keep the space of a removed file
        self.has_rows = False

    def append(self, frame: pl.DataFrame) -> None:
        if frame.height:
            table = pa.table({name: frame[name].cast(pl.String).to_arrow(compat_level=pl.CompatLevel.oldest()) for name in frame.columns})
            if self._writer is None:
                # A dictionary for texts that repeat, smallest and largest value for the key alone: a third less work, and 6 % smaller.
                repeating = [column.name for column in frame if column.n_unique() * 4 <= frame.height]
                self._file = pa.OSFile(str(self.path), "wb")
                self._writer = pq.ParquetWriter(
                    self._file, table.schema, compression="zstd", use_dictionary=repeating, write_statistics=["_record_key"]
                )
            self._writer.write_table(table)
            self.has_rows = True

    def close(self) -> None:
        (writer, self._writer), (file, self._file) = (self._writer, None), (self._file, None)
        try:
            if writer:
                writer.close()
        finally:
            if file:
                file.close()

    def rows_of(self, keys: pl.DataFrame) -> pl.DataFrame:
        """The rows of these keys, of a closed file."""
        if not self.has_rows:
            return NOTHING
        return pl.scan_parquet(self.path).join(keys.lazy(), on="_record_key", how="semi").collect()

    def rewrite(self, kept: Callable[[pl.DataFrame], pl.DataFrame], once: pl.DataFrame = NOTHING) -> None:
        """Write a closed file again: the rows that `kept` keeps, and the first only of the pairs in `once`."""
        if not self.has_rows:
            return
        before = self.path.with_suffix(".before")
        self.path.rename(before)
        self.has_rows, seen = False, NOTHING
        for batch in pq.ParquetFile(before).iter_batches(BATCH_ROWS):
            frame = kept(pl.DataFrame(pl.from_arrow(batch)))
            if once.height:
                frame = frame.unique(IDENTITY, keep="first", maintain_order=True)
                frame = frame.join(seen, on=IDENTITY, how="anti", maintain_order="left")
                seen = pl.concat([seen, frame.join(once, on=IDENTITY, how="semi").select(IDENTITY)])
            self.append(frame)
        self.close()
        before.unlink()
