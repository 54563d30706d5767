"""What a first load has read so far, in parts, so that a killed reading goes on where it stood; nothing of it counts until all is there.

Belongs here: the parts, their journal, and when they are of no more use. Does not: committing (commit.py), or where a reading stands
(its connector says). A part is written to a temporary name, fsynced and renamed; then one line of the journal names it. What no line
names does not exist.
"""

import json
import os
import shutil
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.extract.connect.connector import Batch
from pipelines.landing.storage import disk_guard, make_folder, settle, sync_folder, temporary, write_json

FORMAT = 1
SLICE_ROWS = 10_000  # a kill costs so many, and a page
KEPT = timedelta(days=7)  # after that so much has changed that a reading begins anew
HEAD, JOURNAL, NAME = "spool.json", "journal.jsonl", "spool"


class Spool:
    """Of one source. `identity` says what is asked: parts of another reading, or too old ones, are thrown away."""

    def __init__(self, folder: Path, identity: str, started_at: datetime) -> None:
        self.folder, self.lines = folder, list[dict[str, Any]]()
        head = _head(folder)
        if head and head["identity"] == identity and not _is_old(head, started_at):
            self.lines = _journal(folder / JOURNAL)
        if not self.lines:
            shutil.rmtree(folder, ignore_errors=True)
            with disk_guard(folder):
                make_folder(folder)
                write_json(folder / HEAD, {"format": FORMAT, "identity": identity, "started_at": started_at.isoformat()})
        for path in {*folder.glob("*.parquet*")} - {folder / part["file"] for line in self.lines for part in line["parts"]}:
            path.unlink()
        self.start = 1 + max((line["start"] for line in self.lines), default=0)
        self._parts: dict[str, _Part] = {}
        self._rows = 0
        self.columns: dict[str, list[str]] = {}
        for line in self.lines:
            self.columns |= line["columns"]

    @property
    def stands(self) -> str | None:
        """Where the reading stood when its last slice was kept; None: it begins."""
        return self.lines[-1]["stands"] if self.lines else None

    def add(self, batch: Batch) -> None:
        """Keep a batch; a slice is complete where the batch says where the reading stands, and there is enough."""
        with disk_guard(self.folder):
            self._add(batch)
            if batch.stands and self._rows >= SLICE_ROWS:
                self._keep(batch.stands())

    def _add(self, batch: Batch) -> None:
        rows = batch.rows.cast(pl.String).to_arrow()
        columns = self.columns.setdefault(batch.object, rows.column_names)
        if set(rows.column_names) != set(columns):
            raise ValueError(f"{batch.object}: other columns than before: a fault of the connector, by which values would be lost")
        if rows.num_rows:
            if batch.object not in self._parts:
                self._parts[batch.object] = _Part(self.folder / f"{len(self.lines):06d}-{len(self._parts)}.parquet", columns)
            self._parts[batch.object].write(rows.select(columns))
            self._rows += rows.num_rows

    def _keep(self, stands: str) -> None:
        parts = [{"object": name, "file": part.close(), "rows": part.rows} for name, part in self._parts.items()]
        sync_folder(self.folder)
        line = {"start": self.start, "stands": stands, "columns": self.columns, "parts": parts}
        with (self.folder / JOURNAL).open("ab") as journal:
            journal.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            journal.flush()
            os.fsync(journal.fileno())
        sync_folder(self.folder)
        self.lines.append(line)
        self._parts, self._rows = {}, 0

    def finish(self, stands: str) -> None:
        """All was read: the rest is kept too."""
        with disk_guard(self.folder):
            self._keep(stands)

    def tables(self, name: str, key: str | None) -> Iterator[pa.Table]:
        """An object's rows, each record once: as it was read last. Without a key it was read whole at every start: the last one counts."""
        parts = [(line["start"], part) for line in self.lines for part in line["parts"] if part["object"] == name]
        kept = [part for start, part in parts if key or start == self.start]
        is_last = self._is_last(kept, key) if key and len({start for start, _ in parts}) > 1 else None
        first = 0
        for part in kept:
            for batch in pq.ParquetFile(self.folder / part["file"]).iter_batches():
                table = pa.Table.from_batches([batch])
                yield table if is_last is None else table.filter(is_last.slice(first, table.num_rows).to_arrow())
                first += table.num_rows

    def _is_last(self, parts: list[dict[str, Any]], key: str) -> pl.Series:
        """A bit for each row; its memory is that of the keys alone."""
        keys = [pl.read_parquet(self.folder / part["file"], columns=[key])[key] for part in parts]
        return pl.concat(keys).is_last_distinct()


class _Part:
    """One growing file of a slice."""

    def __init__(self, path: Path, columns: list[str]) -> None:
        self.path, self.rows = path, 0
        self._writer = pq.ParquetWriter(temporary(path), pa.schema([(name, pa.large_string()) for name in columns]), compression="zstd")

    def write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows.cast(self._writer.schema))
        self.rows += rows.num_rows

    def close(self) -> str:
        self._writer.close()
        settle(temporary(self.path), self.path)
        return self.path.name


def sweep_spools(extracting: Path, sources: Collection[str], now: datetime) -> None:
    """Remove what nobody goes on with: of a source that is no longer read, or begun too long ago, by the time of the file itself."""
    for folder in [path for path in extracting.glob("*") if path.is_dir()]:
        head = folder / NAME / HEAD
        begun = datetime.fromtimestamp(head.stat().st_mtime, UTC).replace(tzinfo=None) if head.is_file() else now
        if folder.name not in sources or now - begun > KEPT:
            shutil.rmtree(folder)


def clear(folder: Path) -> None:
    """What a reading left beside its spool is of no use."""
    for path in folder.glob("*"):
        if path.name != NAME:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if folder.is_dir() and _head(folder / NAME) is None:
        shutil.rmtree(folder)


def _head(folder: Path) -> dict[str, Any] | None:
    try:
        head = json.loads((folder / HEAD).read_bytes())
        return head if head["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_old(head: dict[str, Any], now: datetime) -> bool:
    return now - datetime.fromisoformat(head["started_at"]) > KEPT


def _journal(path: Path) -> list[dict[str, Any]]:
    """Its whole lines; what a kill left of another is cut off. A line whose parts are not there ends it too."""
    lines, good = list[dict[str, Any]](), 0
    for text in path.read_bytes().splitlines(keepends=True) if path.is_file() else ():
        try:
            line = json.loads(text) if text.endswith(b"\n") else None
        except ValueError:
            line = None
        if line is None or not all((path.parent / part["file"]).is_file() for part in line["parts"]):
            break
        lines.append(line)
        good += len(text)
    if path.is_file():
        os.truncate(path, good)
    return lines
