"""Ledger state as Parquet for the models: delivery, source, name_key, refused_file.

Belongs here: writing data/warehouse/state, all derived, all safe to delete. Does not: deciding any of it (landing) or modelling it.
"""

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.extract.delivery import PROBLEM_SCHEMA
from pipelines.landing.delivery_table import delivery_table
from pipelines.landing.ledger import Ledger
from pipelines.landing.storage import make_folder
from pipelines.settings.company import CompanyFolder
from pipelines.warehouse.name_key import name_keys

REFUSED_FILE: dict[str, Any] = {
    "source_system": pl.String,
    "original_name": pl.String,
    "original_sha256": pl.String,
    "message_code": pl.String,
    "message_values": pl.String,
    "arrived_at": pl.Datetime("us"),
    "loaded_at": pl.Datetime("us"),
}
SOURCE: dict[str, Any] = {
    "source_system": pl.String,
    "source_kind": pl.String,
    "entity": pl.String,
    "fresh_within_days": pl.Int64,
    "ends_on": pl.Date,
}


def write_state(folder: CompanyFolder, as_of_date: date) -> pl.DataFrame:
    """Write every state table for a run of `as_of_date`; returns the delivery table (raw_ledger.delivery).

    Call under the company's lock: the ledger is swept and compacted first, since the models read its folders whole.
    """
    ledger = Ledger(folder)
    ledger.sweep()
    ledger.compact()
    deliveries = delivery_table(ledger.entries(), as_of_date, folder.settings.ends)
    _write(folder, "delivery", deliveries)
    _write(folder, "source", _sources(folder, deliveries))
    _write(folder, "refused_file", _refused_files(ledger))
    _write(folder, "problem", pl.DataFrame(schema=pl.Schema({"_membership_id": pl.String, **PROBLEM_SCHEMA})))
    _write(folder, "name_key", name_keys(ledger))
    return deliveries


def _write(folder: CompanyFolder, name: str, frame: pl.DataFrame) -> None:
    path: Path = make_folder(folder.state / name) / "part.parquet"
    written = path.with_name("part.tmp")
    frame.write_parquet(written, compression="zstd")
    os.replace(written, path)


def _sources(folder: CompanyFolder, deliveries: pl.DataFrame) -> pl.DataFrame:
    """One row per source and entity held, with the promise and the end of funnel.yaml; a source that never delivered has entity ''."""
    seen = deliveries.select("source_system", "source_kind", "entity").unique().sort("source_system", "entity").rows()
    promises = {name: source.fresh_within_days for name, source in folder.settings.sources.items()}
    ends = folder.settings.ends
    rows = [(name, kind, entity, promises.get(name), ends.get(name)) for name, kind, entity in seen]
    delivered = {row[0] for row in rows}
    rows += [
        (name, source.kind, "", source.fresh_within_days, source.ends_on)
        for name, source in sorted(folder.settings.sources.items())
        if name not in delivered
    ]
    return pl.DataFrame(rows, schema=pl.Schema(SOURCE), orient="row")


def _refused_files(ledger: Ledger) -> pl.DataFrame:
    rows = [
        (
            entry["source"],
            entry["original"]["name"],
            entry["original"]["sha256"],
            entry["code"],
            json.dumps(entry["values"], ensure_ascii=False),
            datetime.fromisoformat(entry["original"]["modified_at"]),
            datetime.fromisoformat(entry["committed_at"]),
        )
        for entry in ledger.manifest.of_kind("refused_file")
    ]
    return pl.DataFrame(rows, schema=pl.Schema(REFUSED_FILE), orient="row")
