"""One entity of one delivery, from chunks to temporary Parquet files.

Belongs here: members, counts, leaving out contents the ledger has. Does not: numbering, conflicts, files (their own modules), commits.
Memory: one chunk, and of the whole delivery keys, hashes and positions.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import polars as pl

from pipelines.extract.delivery import PROBLEM_SCHEMA, Chunk, EntityPlan, RowCounts
from pipelines.landing.conflict import conflict_problems, conflicting_keys
from pipelines.landing.content_file import ContentFile
from pipelines.landing.hashing import membership_id, record_hash
from pipelines.landing.known_content import IDENTITY, NOTHING, KnownPairs
from pipelines.landing.members import MEMBERSHIP, Members
from pipelines.landing.occurrence import Occurrences
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.entities import KEPT_JSON

POSITION: dict[str, pl.DataType] = {"_record_key": pl.String(), "_sheet": pl.String(), "_row_number": pl.Int64()}
PROBLEM = pl.Schema(PROBLEM_SCHEMA)
KnownRows = Callable[[pl.DataFrame], pl.DataFrame]  # keys -> committed contents of those keys


class EntityWriter:
    """Takes the chunks of one entity. `known` holds the (key, hash) pairs the ledger has of it, `known_rows` finds their values.

    An id listing (`is_listing`) has members without content. `salt` makes memberships after an erasure differ from those before.
    """

    def __init__(
        self, source: str, plan: EntityPlan, folder: Path, entry_id: str, known: KnownPairs, known_rows: KnownRows,
        is_listing: bool = False, salt: int = 0,
    ) -> None:  # fmt: skip
        self.source, self.plan, self.entry_id, self.known, self.known_rows = source, plan, entry_id, known, known_rows
        self.is_listing, self.salt = is_listing, salt
        self.content = ContentFile(folder / f"{plan.entity}.content.parquet")
        self.membership_path = folder / f"{plan.entity}.membership.parquet"
        self.problem_path = folder / f"{plan.entity}.problem.parquet"
        self.columns = list(dict.fromkeys((*plan.delivered_columns, *KEPT_JSON)))
        self.counts, self.duplicates = RowCounts(), 0
        self._members = Members()
        self._problems: list[pl.DataFrame] = []
        self._occurrences = None if plan.has_natural_key else Occurrences()

    def add(self, chunk: Chunk) -> None:
        """Take one chunk. Raises ValueError for a chunk that breaks the border's promises (a fault of the extractor, never of a file)."""
        for name, value in asdict(chunk.counts).items():
            setattr(self.counts, name, getattr(self.counts, name) + value)
        accepted, refused = self._shaped(chunk.accepted), chunk.refused.select(pl.col(n).cast(t) for n, t in POSITION.items())
        if accepted["_record_key"].null_count():
            raise ValueError(f"{self.plan.entity}: an accepted row without a key")
        accepted = accepted.with_columns(record_hash(accepted.select(self.columns), self.plan.not_a_change))
        stems = accepted["_record_key"]
        if self._occurrences:
            accepted, refused = self._occurrences.number(accepted, refused)
        if self.is_listing:
            accepted = accepted.with_columns(pl.lit(None, pl.String).alias("_record_hash"))
        else:
            self._write_new(accepted)
        self._members.add(accepted, refused, stems)
        if chunk.problems.height:
            self._problems.append(chunk.problems.select(PROBLEM.names()).cast(PROBLEM))

    def _shaped(self, accepted: pl.DataFrame) -> pl.DataFrame:
        """Every column the plan and the ledger know, in one order and type, so that all chunks agree."""
        wanted: dict[str, pl.DataType] = {**POSITION, **{name: pl.String() for name in self.columns}}
        unknown = set(accepted.columns) - set(wanted)
        if unknown:
            raise ValueError(f"{self.plan.entity}: columns that its plan does not name: {sorted(unknown)}")
        return accepted.select(
            (pl.col(name).cast(dtype) if name in accepted.columns else pl.lit(None, dtype).alias(name)) for name, dtype in wanted.items()
        )

    def _write_new(self, frame: pl.DataFrame) -> None:
        new = frame if frame["_record_key"].hash().n_unique() == frame.height else frame.unique(IDENTITY, keep="first", maintain_order=True)
        self.content.append(self.known.unknown_of(new).select(*IDENTITY, pl.lit(self.entry_id).alias("_commit_id"), *self.columns))

    def finish(self) -> None:
        """Settle conflicts and duplicates; then the temporary files are what would be committed. Raises FNL-310: rows do not add up."""
        self.content.close()
        repeated = self._members.of_repeated_keys()
        pairs = repeated.group_by(IDENTITY).len()
        conflicting = conflicting_keys(pairs)
        if conflicting.height:
            self._refuse(repeated, conflicting)
            repeated = repeated.join(conflicting, on="_record_key", how="anti")
        twice = pairs.filter(pl.col("len") > 1).select(IDENTITY) if self._members.chunk_count > 1 else NOTHING
        if conflicting.height or twice.height:
            self.content.rewrite(lambda rows: rows.join(conflicting, on="_record_key", how="anti", maintain_order="left"), once=twice)
        stem = pl.col("_record_key").str.replace(r"#\d+$", "") if self._occurrences else pl.col("_record_key")
        self.duplicates = repeated.height - repeated.select(pl.struct(stem, "_record_hash").n_unique()).item()
        members = self._members.rows()
        self.unreadable_keys = members["_record_key"].null_count()
        self._balance()
        problems = pl.concat(self._problems) if self._problems else PROBLEM.to_frame()
        self.problem_count = problems.height
        self.membership_id = membership_id(self.source, self.plan.entity, self.salt, members, problems)
        identity = pl.lit(self.membership_id).alias("_membership_id")
        members.select(identity, *MEMBERSHIP).write_parquet(self.membership_path, compression="zstd")
        if problems.height:
            problems.select(identity, *PROBLEM).write_parquet(self.problem_path, compression="zstd")

    def _refuse(self, repeated: pl.DataFrame, conflicting: pl.DataFrame) -> None:
        rows = repeated.join(conflicting, on="_record_key", how="semi", maintain_order="left")
        contents = [frame for frame in (self.known_rows(conflicting), self.content.rows_of(conflicting)) if frame.height]
        self._problems.append(conflict_problems(rows, pl.concat(contents, how="diagonal")))
        place = ["_sheet", "_row_number"]
        refused = self._members.rows().filter("_is_refused").select(place)
        newly = rows.select(place).unique().join(refused, on=place, how="anti", nulls_equal=True).height
        self.counts.accepted, self.counts.refused = self.counts.accepted - newly, self.counts.refused + newly
        self._members.refuse(conflicting)

    def _balance(self) -> None:
        counts = self.counts
        if counts.source != counts.accepted + counts.refused + counts.blank + counts.title:
            named = {("rows" if name == "source" else name): value for name, value in asdict(counts).items()}
            raise FunnelError("FNL-310", source=self.source, entity=self.plan.entity, **named)

    def leave_out(self, known: KnownPairs) -> None:
        """Drop contents committed since this was staged."""
        self.content.rewrite(known.unknown_of)
