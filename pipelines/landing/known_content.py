"""Which contents the ledger has of an entity, read from each committed file once.

Belongs here: (key, hash) pairs and values of committed content. Does not: deciding what is new (entity_writer.py).
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.landing.index import LedgerIndex

IDENTITY = ["_record_key", "_record_hash"]
NOTHING = pl.DataFrame(schema={name: pl.String for name in IDENTITY})


class KnownPairs:
    """(_record_key, _record_hash) pairs, asked many times for a few rows: found by a sorted 64-bit number, then compared as text.

    (Joining each chunk of a file to all of them instead took as long for every chunk as sorting them takes once.)
    """

    def __init__(self, pairs: pl.DataFrame = NOTHING) -> None:
        self.pairs = pairs

    @cached_property
    def _sorted(self) -> pl.DataFrame:
        return self.pairs.select(_NUMBER.alias("number"), pl.int_range(pl.len(), dtype=pl.UInt32).alias("place")).sort("number")

    def unknown_of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of `frame` whose pair is not among these, in order."""
        if not self.pairs.height:
            return frame
        numbers = frame.select(_NUMBER).to_series()
        at = self._sorted["number"].search_sorted(numbers).clip(upper_bound=self.pairs.height - 1)
        near = self._sorted[at]
        is_near = near["number"] == numbers
        pair = self.pairs[near["place"]]
        is_known = is_near & (pair["_record_key"] == frame["_record_key"]) & (pair["_record_hash"] == frame["_record_hash"])
        unknown = frame.filter(~is_known)
        if (is_near & ~is_known).any():  # two texts with one number: only a join can tell
            return unknown.join(self.pairs, on=IDENTITY, how="anti", maintain_order="left")
        return unknown


_NUMBER = pl.col("_record_key").hash(0) ^ pl.col("_record_hash").hash(1)


@dataclass
class _Read:
    """What was read so far: file names, their pairs, and how many erasures had happened by then."""

    erasures: int = 0
    files: set[str] = field(default_factory=set)
    known: KnownPairs = field(default_factory=KnownPairs)


class KnownContent:
    """Committed content files never change, so each is read once; only an erasure or a compaction makes it read all again."""

    def __init__(self, landing: Path, index: LedgerIndex) -> None:
        self.landing, self.index = landing, index
        self._read: dict[tuple[str, str], _Read] = {}

    def pairs(self, source: str, entity: str) -> KnownPairs:
        """Every committed (_record_key, _record_hash) of an entity."""
        files, erasures = self.index.files(source, entity, "content"), self.index.erasures(source, entity)
        read = self._read.get((source, entity))
        if read is None or read.erasures != erasures or not read.files.issubset(files):
            read = self._read[source, entity] = _Read(erasures)
        new = [name for name in files if name not in read.files]
        if new:
            folder = self.landing / source / entity / "content"
            read.known = KnownPairs(pl.concat([read.known.pairs, *(pl.read_parquet(folder / name, columns=IDENTITY) for name in new)]))
            read.files.update(new)
        return read.known

    def rows(self, source: str, entity: str, keys: pl.DataFrame) -> pl.DataFrame:
        """The committed contents of these keys (one column `_record_key`), columns as delivered."""
        folder = self.landing / source / entity / "content"
        files = self.index.files(source, entity, "content")
        found = [pl.read_parquet(folder / name).join(keys, on="_record_key", how="semi") for name in files]
        return pl.concat(found, how="diagonal") if found else NOTHING
