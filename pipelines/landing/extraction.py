"""An extraction written to one file, so that what a connected source said is kept, and can be read again, like any spreadsheet.

Belongs here: that file, whole or not at all. Does not: its format's reader (extract), or committing it (commit.py archives it).
Memory: one batch. The same batches give the same bytes.
"""

import json
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.extract.connect.connector import Batch, Extraction
from pipelines.extract.connect.extraction_file import FORMAT, SUFFIX, SUMMARY
from pipelines.extract.delivery import Original
from pipelines.extract.original import original_of
from pipelines.landing.spool import Spool
from pipelines.landing.storage import disk_guard, make_folder


def write_extraction(folder: Path, source: str, extraction: Extraction, spool: Spool | None = None) -> Original:
    """Read the extraction to its end into `folder`, which is the caller's to remove. Raises what the source raises; FNL-308.

    With a spool, what an earlier process kept there is not read again.
    """
    written = _Objects(make_folder(folder))
    if spool is None:
        for batch in extraction.batches:
            with disk_guard(folder):
                written.add(batch)
    else:
        _read(spool, extraction)
        with disk_guard(folder):
            written.take(spool, extraction)
    name = f"{source}_{extraction.started_at:%Y%m%dT%H%M%S}Z_{extraction.kind}{SUFFIX}"
    summary = {
        "format": FORMAT, "source": source, "source_kind": extraction.source_kind, "kind": extraction.kind,
        "started_at": extraction.started_at.isoformat(), "cursor": extraction.cursor(), "notes": extraction.notes,
        "objects": {name: {"rows": rows} for name, rows in written.rows.items()},
    }  # fmt: skip
    with disk_guard(folder), tarfile.open(folder / name, "w", format=tarfile.GNU_FORMAT) as archive:
        for object_name, path in written.close().items():
            with path.open("rb") as file:
                archive.addfile(_entry(f"{object_name}.parquet", path.stat().st_size), file)
            path.unlink()
        text = json.dumps(summary, ensure_ascii=False, indent=1).encode()
        archive.addfile(_entry(SUMMARY, len(text)), BytesIO(text))
    return original_of(folder / name, name)


def _read(spool: Spool, extraction: Extraction) -> None:
    assert extraction.slices is not None
    if spool.stands is not None:
        extraction.slices.resume(spool.stands)
    stands: Callable[[], str] | None = None
    for batch in extraction.batches:
        spool.add(batch)
        stands = batch.stands or stands
    spool.finish(stands() if stands else spool.stands or "")


def _entry(name: str, size: int) -> tarfile.TarInfo:
    """No clock, owner or mode of this machine."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


class _Objects:
    """A growing Parquet file for each object; its columns are those of its first batch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, int] = {}
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._paths: dict[str, Path] = {}

    def add(self, batch: Batch) -> None:
        rows = batch.rows.cast(pl.String).to_arrow()
        if batch.object not in self._writers:
            self._open(batch.object, rows.schema)
        if set(rows.column_names) != set(self._writers[batch.object].schema.names):
            raise ValueError(
                f"{batch.object}: other columns than in its first batch: a fault of the connector, by which values would be lost"
            )
        self._write(batch.object, rows)

    def take(self, spool: Spool, extraction: Extraction) -> None:
        """Everything that lies in the spool, object by object."""
        assert extraction.slices is not None
        for name, columns in spool.columns.items():
            self._open(name, pa.schema([(column, pa.large_string()) for column in columns]))
            for rows in spool.tables(name, extraction.slices.key(name)):
                self._write(name, rows)

    def _open(self, name: str, schema: pa.Schema) -> None:
        path = self.folder / f"{len(self._paths)}.parquet"
        self.rows[name], self._paths[name] = 0, path
        self._writers[name] = pq.ParquetWriter(path, schema, compression="zstd")

    def _write(self, name: str, rows: pa.Table) -> None:
        self._writers[name].write_table(rows.select(self._writers[name].schema.names))
        self.rows[name] += rows.num_rows

    def close(self) -> dict[str, Path]:
        for writer in self._writers.values():
            writer.close()
        return self._paths
