"""The delivery table that the models read: one row per delivery and entity, with its order among the live ones.

Belongs here: the shape of raw_ledger.delivery. Does not: deciding states (state.py) or writing files (warehouse).
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

from pipelines.landing.manifest import Entry
from pipelines.landing.state import delivery_states

COUNTS = ("source", "accepted", "refused", "blank", "title", "duplicates")
_COLUMNS: dict[str, Any] = {
    "delivery_id": pl.String,
    "entry_id": pl.String,
    "source_system": pl.String,
    "source_kind": pl.String,
    "entity": pl.String,
    "delivery_kind": pl.String,
    "scope": pl.String,
    "declared_date": pl.Date,
    "delivered_at": pl.Datetime("us"),
    "delivered_date": pl.Date,
    "loaded_at": pl.Datetime("us"),
    "sequence": pl.Int64,
    "state_code": pl.String,
    "is_live": pl.Boolean,
    "state_reason": pl.String,
    "notes": pl.String,
    "membership_id": pl.String,
    "mapping_version": pl.String,
    "original_name": pl.String,
    "original_sha256": pl.String,
    "has_natural_key": pl.Boolean,
    "delivered_columns": pl.String,
    "source_row_count": pl.Int64,
    "accepted_row_count": pl.Int64,
    "refused_row_count": pl.Int64,
    "blank_row_count": pl.Int64,
    "title_row_count": pl.Int64,
    "duplicate_row_count": pl.Int64,
    "unreadable_key_count": pl.Int64,
    "delivery_order": pl.Int64,
    "scope_sequence": pl.Int64,
    "previous_scope_sequence": pl.Int64,
    "next_full_scope_sequence": pl.Int64,
    "is_latest_in_scope": pl.Boolean,
}
SCHEMA = pl.Schema(_COLUMNS)


def delivery_table(entries: list[Entry], as_of_date: date, ends: Mapping[str, date] | None = None) -> pl.DataFrame:
    """raw_ledger.delivery: one row per delivery × entity, SCHEMA above; sequences count live deliveries dated ≤ as_of_date.

    `ends`: source -> the last date that counts (Company.ends).
    """
    rows, erased = [], _erased(entries)
    for state in delivery_states(entries, ends):
        entry, original = state.entry, state.entry["original"]
        for part in entry["entities"]:
            counts = _less(part["counts"], erased[part["membership_id"]])
            rows.append(
                {
                    "delivery_id": state.id,
                    "entry_id": entry["entry_id"],
                    "source_system": entry["source"],
                    "source_kind": entry["source_kind"],
                    "entity": part["entity"],
                    "delivery_kind": entry["delivery_kind"],
                    "scope": entry["scope"],
                    "declared_date": entry["declared_date"] and date.fromisoformat(entry["declared_date"]),
                    "delivered_at": datetime.fromisoformat(entry["delivered_at"]),
                    "delivered_date": date.fromisoformat(entry["delivered_date"]),
                    "loaded_at": datetime.fromisoformat(entry["committed_at"]),
                    "sequence": entry["sequence"],
                    "state_code": state.state_code,
                    "is_live": state.state_code == "live",
                    "state_reason": json.dumps(state.reasons, ensure_ascii=False) if state.reasons else None,
                    "notes": json.dumps(entry["notes"], ensure_ascii=False) if entry["notes"] else None,
                    "membership_id": part["membership_id"],
                    "mapping_version": entry["mapping_version"],
                    "original_name": original and original["name"],
                    "original_sha256": original and original["sha256"],
                    "has_natural_key": part["has_natural_key"],
                    "delivered_columns": ",".join(part["delivered_columns"]),
                    **{f"{'duplicate' if name == 'duplicates' else name}_row_count": counts[name] for name in COUNTS},
                    "unreadable_key_count": part["unreadable_key_count"],
                }
            )
    _order(rows, as_of_date)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row") if rows else pl.DataFrame(schema=SCHEMA)


def _erased(entries: list[Entry]) -> dict[str, list[dict[str, int]]]:
    """membership_id -> the rows that each erasure took out of it."""
    erased: dict[str, list[dict[str, int]]] = defaultdict(list)
    for entry in entries:
        for membership_id, rows in entry["rows"].items() if entry["kind"] == "erase" else ():
            erased[membership_id].append(rows)
    return erased


def _less(counts: dict[str, int], erased: list[dict[str, int]]) -> dict[str, int]:
    """Counts of the rows that are still there."""
    gone = {name: sum(rows[name] for rows in erased) for name in ("accepted", "refused", "duplicates")}
    return {name: value - gone.get(name, gone["accepted"] + gone["refused"] if name == "source" else 0) for name, value in counts.items()}


def _order(rows: list[dict], as_of_date: date) -> None:
    """delivery_order over all sources; scope_sequence and its neighbours within (source, entity, scope)."""
    seen = sorted(
        (row for row in rows if row["is_live"] and row["delivered_date"] <= as_of_date),
        key=lambda row: (row["delivered_date"], row["delivered_at"], row["delivery_id"]),
    )
    order = {identity: number for number, identity in enumerate(dict.fromkeys(row["delivery_id"] for row in seen), start=1)}
    scopes: dict[tuple, list[dict]] = defaultdict(list)
    for row in rows:
        row.update(
            delivery_order=None, scope_sequence=None, previous_scope_sequence=None, next_full_scope_sequence=None, is_latest_in_scope=False
        )
    for row in seen:
        row["delivery_order"] = order[row["delivery_id"]]
        scopes[row["source_system"], row["entity"], row["scope"]].append(row)
    for group in scopes.values():
        next_full = None
        for number in range(len(group), 0, -1):
            row = group[number - 1]
            row["scope_sequence"], row["previous_scope_sequence"] = number, number - 1 or None
            row["next_full_scope_sequence"] = next_full
            row["is_latest_in_scope"] = number == len(group)
            if row["delivery_kind"] in ("full", "ids"):
                next_full = number
