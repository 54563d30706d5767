"""An extraction as a file: a tar of one Parquet file for each object, and extraction.json.

Belongs here: the names in it, and reading it as tables. Does not: writing it (landing), mapping, or asking a source.
"""

import json
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.extract.delivery import SourceError
from pipelines.extract.table import ROW_NUMBER, Block, Table, blanks_to_null, no_ragged

SUFFIX = ".extraction.tar"
SUMMARY = "extraction.json"
FORMAT = 1
BLOCK_ROWS = 50_000


class ExtractionFile:
    """Opened by path; `name` is what messages call it. Raises SourceError FNL-263 when it is none of ours."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        try:
            with tarfile.open(path, "r:") as archive:
                self._places = {member.name.removesuffix(".parquet"): (member.offset_data, member.size) for member in archive}
                summary = archive.extractfile(SUMMARY)
                self.summary: dict[str, Any] = json.loads(summary.read()) if summary else {}
        except (tarfile.TarError, KeyError, ValueError, OSError) as error:
            raise SourceError("FNL-263", file=name, why=str(error)) from None
        if self.summary.get("format") != FORMAT:
            raise SourceError("FNL-263", file=name, why=f"format {self.summary.get('format')}, not {FORMAT}")

    @property
    def objects(self) -> list[str]:
        return [name for name in self._places if name != SUMMARY]

    @property
    def started_at(self) -> datetime:
        return datetime.fromisoformat(self.summary["started_at"])

    def table(self, name: str) -> Table:
        """Raises SourceError FNL-262: the extraction holds no such object."""
        if name not in self.objects:
            raise SourceError("FNL-262", file=self.name, object=name, objects=", ".join(self.objects) or "-")
        offset, size = self._places[name]
        with pa.memory_map(str(self.path)) as mapped:
            mapped.seek(offset)
            file = pq.ParquetFile(pa.BufferReader(mapped.read_buffer(size)))
        return Table(name, file.schema_arrow.names, _blocks(file))


def _blocks(file: pq.ParquetFile) -> Iterator[Block]:
    first, empty = 1, True
    for batch in file.iter_batches(batch_size=BLOCK_ROWS):
        frame = pl.DataFrame(pa.Table.from_batches([batch]))
        numbered = frame.with_row_index(ROW_NUMBER, offset=first).with_columns(pl.col(ROW_NUMBER).cast(pl.Int64))
        yield Block(blanks_to_null(numbered), no_ragged())
        first, empty = first + frame.height, False
    if empty:
        columns = {ROW_NUMBER: pl.Int64(), **dict.fromkeys(file.schema_arrow.names, pl.String())}
        yield Block(pl.DataFrame(schema=columns), no_ragged())
