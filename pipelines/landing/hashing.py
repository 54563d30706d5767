"""Names made from content: record hashes, delivery, membership and entry ids.

Belongs here: what is hashed, in which order, as docs/ledger.md says. Does not: who asks.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date

import polars as pl

NOT_HASHED = {"_record_key", "_record_hash", "_sheet", "_row_number", "_raw", "_commit_id"}
BATCH_ROWS = 100_000


def short_id(prefix: str, *parts: object) -> str:
    """prefix + first 16 hex of SHA-256 over the compact JSON array of the parts as text (dates and instants as ISO text, None as null)."""
    text = json.dumps([_text(part) for part in parts], ensure_ascii=False, separators=(",", ":"))
    return prefix + hashlib.sha256(text.encode()).hexdigest()[:16]


def _text(part: object) -> str | None:
    return None if part is None else part.isoformat() if isinstance(part, date) else str(part)


def record_hash(frame: pl.DataFrame, not_a_change: Iterable[str] = ()) -> pl.Series:
    """First 128 bits, as 32 hex, of SHA-256 over `name:bytes:value,` of each non-null column in name order."""
    left_out = NOT_HASHED.union(not_a_change)
    names = sorted(name for name in frame.columns if name not in left_out and frame[name].null_count() < frame.height)
    pieces = _pieces([frame[name] for name in names])
    sha256, digests = hashlib.sha256, list[bytes]()
    for start in range(0, frame.height, BATCH_ROWS):
        part = frame.slice(start, BATCH_ROWS)
        lines = part.with_columns(pl.concat_str(pieces).cast(pl.Binary).alias("_line"))["_line"].to_list()
        digests += [sha256(line).digest() for line in lines]
    return pl.Series("_record_hash", digests, dtype=pl.Binary).bin.slice(0, 16).bin.encode("hex")


def _pieces(columns: list[pl.Series]) -> list[pl.Expr]:
    """What is joined to the hashed text. What all rows share is one literal: half the time on the columns of a reference."""
    pieces, shared = list[pl.Expr](), ""
    for column in columns:
        name, first = column.name, str(column.first())
        if column.null_count():
            value = [pl.lit(f"{name}:"), pl.col(name).str.len_bytes().cast(pl.String), pl.lit(":"), pl.col(name), pl.lit(",")]
            pieces += [pl.lit(shared), pl.concat_str(value).fill_null("")]
            shared = ""
        elif (column == first).all():
            shared += f"{name}:{len(first.encode())}:{first},"
        else:
            pieces += [pl.lit(f"{shared}{name}:"), pl.col(name).str.len_bytes().cast(pl.String), pl.lit(":"), pl.col(name)]
            shared = ","
    return [*pieces, pl.lit(shared)]


def membership_id(source: str, entity: str, salt: int, members: pl.DataFrame, problems: pl.DataFrame) -> str:
    """m + 16 hex over source, entity, every membership row and every problem row, in order."""
    digest = hashlib.sha256(f"{source}\x1f{entity}\x1f{salt}\x1e".encode())
    for rows in (members, problems):
        for start in range(0, rows.height, BATCH_ROWS):
            line = pl.concat_str(pl.all().cast(pl.String).fill_null("\x00"), separator="\x1f")
            digest.update(rows.slice(start, BATCH_ROWS).select(line.str.join("\x1e")).item().encode() + b"\x1e")
        digest.update(b"\x1d")
    return "m" + digest.hexdigest()[:16]
