"""Which contents the ledger has of an entity, read from each committed file once.

Belongs here: (key, hash) pairs and values of committed content. Does not: deciding what is new (entity_writer.py).
"""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.landing.index import LedgerIndex

IDENTITY = ["_record_key", "_record_hash"]
NOTHING = pl.DataFrame(schema={name: pl.String for name in IDENTITY})


@dataclass
class _Read:
    """What was read so far: file names, their pairs, and how many erasures had happened by then."""

    erasures: int = 0
    files: set[str] = field(default_factory=set)
    pairs: pl.DataFrame = field(default_factory=NOTHING.clone)


class KnownContent:
    """Committed content files never change, so each is read once; only an erasure or a compaction makes it read all again."""

    def __init__(self, landing: Path, index: LedgerIndex) -> None:
        self.landing, self.index = landing, index
        self._read: dict[tuple[str, str], _Read] = {}

    def pairs(self, source: str, entity: str) -> pl.DataFrame:
        """Every committed (_record_key, _record_hash) of an entity."""
        files, erasures = self.index.files(source, entity, "content"), self.index.erasures(source, entity)
        read = self._read.get((source, entity))
        if read is None or read.erasures != erasures or not read.files.issubset(files):
            read = self._read[source, entity] = _Read(erasures)
        new = [name for name in files if name not in read.files]
        if new:
            folder = self.landing / source / entity / "content"
            read.pairs = pl.concat([read.pairs, *(pl.read_parquet(folder / name, columns=IDENTITY) for name in new)])
            read.files.update(new)
        return read.pairs

    def rows(self, source: str, entity: str, keys: pl.DataFrame) -> pl.DataFrame:
        """The committed contents of these keys (one column `_record_key`), columns as delivered."""
        folder = self.landing / source / entity / "content"
        files = self.index.files(source, entity, "content")
        found = [pl.read_parquet(folder / name).join(keys, on="_record_key", how="semi") for name in files]
        return pl.concat(found, how="diagonal") if found else NOTHING
