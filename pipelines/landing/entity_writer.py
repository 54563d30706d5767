"""One entity of one delivery, from chunks to temporary Parquet files.

Belongs here: hashing, occurrence numbers, leaving out contents the ledger has, conflicting keys. Does not: names, commits.
Memory: one chunk, and of the whole delivery keys, hashes and positions.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from pipelines.extract.delivery import PROBLEM_SCHEMA, Chunk, EntityPlan, RowCounts
from pipelines.landing.hashing import membership_id, record_hash
from pipelines.settings.entities import KEPT_JSON

MEMBERSHIP: pl.Schema = pl.Schema(
    {"_record_key": pl.String, "_record_hash": pl.String, "_sheet": pl.String, "_row_number": pl.Int64, "_is_refused": pl.Boolean}
)
IDENTITY = ["_record_key", "_record_hash"]
KnownRows = Callable[[str, str, pl.DataFrame], pl.DataFrame]  # (source, entity, keys) -> committed contents of those keys


class EntityWriter:
    """Takes the chunks of one entity. `known` holds the (key, hash) pairs the ledger has of it, `known_rows` finds their values."""

    def __init__(self, source: str, plan: EntityPlan, folder: Path, entry_id: str, known: pl.DataFrame, known_rows: KnownRows) -> None:
        self.source, self.plan, self.known, self.entry_id, self.known_rows = source, plan, known, entry_id, known_rows
        self.folder = folder
        self.content_path = folder / f"{plan.entity}.content.parquet"
        self.membership_path = folder / f"{plan.entity}.membership.parquet"
        self.problem_path = folder / f"{plan.entity}.problem.parquet"
        self.columns = [name for name in dict.fromkeys((*plan.delivered_columns, *KEPT_JSON))]
        self.counts, self.duplicates = RowCounts(), 0
        self._members: list[pl.DataFrame] = []
        self._problems: list[pl.DataFrame] = []
        self._seen: pl.DataFrame | None = None  # occurrences so far, for content keys
        self._writer: pq.ParquetWriter | None = None

    def add(self, chunk: Chunk) -> None:
        for name, value in asdict(chunk.counts).items():
            setattr(self.counts, name, getattr(self.counts, name) + value)
        accepted = chunk.accepted
        if accepted.height:
            accepted = accepted.with_columns(
                [pl.lit(None, dtype=pl.String).alias(name) for name in self.columns if name not in accepted.columns]
                + [
                    pl.lit(None, dtype=dtype).alias(name)
                    for name, dtype in (("_sheet", pl.String), ("_row_number", pl.Int64))
                    if name not in accepted.columns
                ]
            )
            accepted = accepted.with_columns(record_hash(accepted, self.plan.not_a_change))
            if not self.plan.has_natural_key:
                accepted = self._number_occurrences(accepted)
            self._write_new(accepted)
            self._members.append(accepted.select(*IDENTITY, "_sheet", "_row_number", pl.lit(False).alias("_is_refused")))
        if chunk.refused.height:
            self._members.append(
                chunk.refused.select(
                    "_record_key",
                    pl.lit(None, dtype=pl.String).alias("_record_hash"),
                    "_sheet",
                    "_row_number",
                    pl.lit(True).alias("_is_refused"),
                ).cast(MEMBERSHIP)
            )
        if chunk.problems.height:
            self._problems.append(chunk.problems.select(list(PROBLEM_SCHEMA)).cast(pl.Schema(PROBLEM_SCHEMA)))

    def _number_occurrences(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Content keys get `#n`, n counting the rows of that key in the whole delivery."""
        within = frame.with_columns(pl.int_range(1, pl.len() + 1).over("_record_key").alias("_n"))
        if self._seen is not None:
            within = within.join(self._seen, on="_record_key", how="left", maintain_order="left").with_columns(
                (pl.col("_n") + pl.col("_before").fill_null(0)).alias("_n")
            )
        totals = frame.group_by("_record_key").len("_before").cast({"_before": pl.Int64})
        self._seen = totals if self._seen is None else pl.concat([self._seen, totals]).group_by("_record_key").agg(pl.col("_before").sum())
        return within.with_columns(pl.concat_str("_record_key", pl.lit("#"), "_n").alias("_record_key")).select(frame.columns)

    def _write_new(self, frame: pl.DataFrame) -> None:
        new = frame.unique(IDENTITY, keep="first", maintain_order=True)
        if self.known.height:
            new = new.join(self.known, on=IDENTITY, how="anti", maintain_order="left")
        if new.height:
            self._append(new.select(*IDENTITY, pl.lit(self.entry_id).alias("_commit_id"), *self.columns))

    def _append(self, frame: pl.DataFrame) -> pq.ParquetWriter:
        table = frame.cast(pl.String).to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.content_path, table.schema, compression="zstd")
        self._writer.write_table(table.cast(self._writer.schema))
        return self._writer

    def finish(self) -> None:
        """Settle conflicts and duplicates; afterwards the temporary files are what would be committed."""
        if self._writer is not None:
            self._writer.close()
        members = pl.concat(self._members) if self._members else pl.DataFrame(schema=MEMBERSHIP)
        accepted = members.lazy().filter(~pl.col("_is_refused"))
        distinct = accepted.group_by(IDENTITY).len().collect()
        clashing = distinct.group_by("_record_key").len().filter(pl.col("len") > 1).select("_record_key")
        if clashing.height:
            members = self._refuse_clashing(members, clashing)
        if clashing.height or (len(self._members) > 1 and bool((distinct["len"] > 1).any())):
            self._rewrite_content(clashing)
        held = distinct.join(clashing, on="_record_key", how="anti")
        self.duplicates = int((held["len"] - 1).sum()) if self.plan.has_natural_key else self._content_key_duplicates(members)
        self.unreadable_keys = members["_record_key"].null_count()
        self.membership_id = membership_id(self.source, self.plan.entity, members)
        members.insert_column(0, pl.lit(self.membership_id).alias("_membership_id")).write_parquet(self.membership_path, compression="zstd")
        self.problem_count = sum(frame.height for frame in self._problems)
        if self._problems:
            pl.concat(self._problems).insert_column(0, pl.lit(self.membership_id).alias("_membership_id")).write_parquet(
                self.problem_path, compression="zstd"
            )

    def _content_key_duplicates(self, members: pl.DataFrame) -> int:
        accepted = members.filter(~pl.col("_is_refused"))
        return accepted.height - accepted.select(pl.col("_record_key").str.replace(r"#\d+$", ""), "_record_hash").n_unique()

    def _refuse_clashing(self, members: pl.DataFrame, clashing: pl.DataFrame) -> pl.DataFrame:
        """Two different rows with one declared key: all are refused, each with its content in the problem list."""
        rows = members.filter(~pl.col("_is_refused")).join(clashing, on="_record_key", how="semi", maintain_order="left")
        contents = self.known_rows(self.source, self.plan.entity, clashing)
        if self.has_content:
            contents = pl.concat([contents, pl.read_parquet(self.content_path)], how="diagonal")
        texts = {
            (row["_record_key"], row["_record_hash"]): json.dumps(
                {k: v for k, v in row.items() if v is not None and not (k.startswith("_") and k not in KEPT_JSON)}, ensure_ascii=False
            )
            for row in contents.join(clashing, on="_record_key", how="semi").iter_rows(named=True)
        }
        self._problems.append(
            pl.DataFrame(
                [
                    (key, sheet, number, "FNL-305", "", key, "refused", texts.get((key, content_hash), "{}"))
                    for key, content_hash, sheet, number in rows.select(*IDENTITY, "_sheet", "_row_number").iter_rows()
                ],
                schema=PROBLEM_SCHEMA,
                orient="row",
            )
        )
        self.counts.accepted -= rows.height
        self.counts.refused += rows.height
        is_clashing = pl.col("_record_key").is_in(clashing["_record_key"].implode()) & ~pl.col("_is_refused")
        return members.with_columns(
            pl.when(is_clashing).then(None).otherwise(pl.col("_record_hash")).alias("_record_hash"),
            (pl.col("_is_refused") | is_clashing.fill_null(False)).alias("_is_refused"),
        )

    def leave_out(self, known: pl.DataFrame) -> None:
        """Drop contents committed since this was staged."""
        if self.has_content and known.height:
            self._rewrite_content(known.select(IDENTITY), on=IDENTITY)

    def _rewrite_content(self, left_out: pl.DataFrame, on: list[str] | str = "_record_key") -> None:
        if self._writer is None:
            return
        kept = (
            pl.read_parquet(self.content_path)
            .join(left_out, on=on, how="anti", maintain_order="left")
            .unique(IDENTITY, keep="first", maintain_order=True)
        )
        self._writer = None
        self.content_path.unlink()
        if kept.height:
            self._append(kept).close()

    @property
    def has_content(self) -> bool:
        return self._writer is not None
