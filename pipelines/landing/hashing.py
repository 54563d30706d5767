"""Names made from content: record hashes, delivery, membership and entry ids.

Belongs here: what is hashed, in which order, as docs/ledger.md says. Does not: who asks.
"""

import hashlib
import json
from collections.abc import Iterable

import polars as pl

NOT_HASHED = {"_record_key", "_record_hash", "_sheet", "_row_number", "_raw", "_commit_id"}


def short_id(prefix: str, *parts: object) -> str:
    """prefix + first 16 hex of SHA-256 over the JSON array of the parts."""
    text = json.dumps([None if part is None else str(part) for part in parts], ensure_ascii=False, separators=(",", ":"))
    return prefix + hashlib.sha256(text.encode()).hexdigest()[:16]


def record_hash(frame: pl.DataFrame, not_a_change: Iterable[str] = ()) -> pl.Series:
    """First 128 bits, as 32 hex, of SHA-256 over `name:bytes:value,` of each non-null column in name order."""
    left_out = NOT_HASHED.union(not_a_change)
    parts = [
        pl.when(pl.col(name).is_null())
        .then(pl.lit(""))
        .otherwise(pl.concat_str(pl.lit(f"{name}:"), pl.col(name).str.len_bytes(), pl.lit(":"), pl.col(name), pl.lit(",")))
        for name in sorted(frame.columns)
        if name not in left_out
    ]
    texts = frame.select(pl.concat_str(parts) if parts else pl.lit("").repeat_by(1).explode()).to_series().to_list()
    sha256 = hashlib.sha256
    return pl.Series("_record_hash", [sha256(text.encode()).hexdigest()[:32] for text in texts], dtype=pl.String)


def membership_id(source: str, entity: str, rows: pl.DataFrame) -> str:
    """m + 16 hex over source, entity and every membership row in order."""
    lines = rows.select(
        pl.concat_str(
            *[
                pl.col(name).cast(pl.String).fill_null("\x00")
                for name in ("_record_key", "_record_hash", "_sheet", "_row_number", "_is_refused")
            ],
            separator="\x1f",
        )
    ).to_series()
    digest = hashlib.sha256(f"{source}\x1f{entity}\x1e".encode())
    for start in range(0, lines.len(), 200_000):
        digest.update("\x1e".join(lines.slice(start, 200_000).to_list()).encode())
        digest.update(b"\x1e")
    return "m" + digest.hexdigest()[:16]
