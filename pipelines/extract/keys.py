"""Record keys: from declared columns, or from content.

Belongs here: how a key is made and when it cannot be. Does not: occurrence numbers and conflicts (landing).
"""

import hashlib

import polars as pl

from pipelines.extract.fields import ERROR_CELLS
from pipelines.extract.parsers.numbers import SCIENTIFIC

KEY_BLANK, KEY_ERROR, KEY_DIGITS_LOST = "FNL-224", "FNL-222", "FNL-223"


def natural_key(parts: list[pl.Series], suffix: str = "", may_be_blank: bool = False) -> tuple[pl.Series, pl.Series]:
    """(key, code): parts trimmed and joined by '|'; where a part is blank, an error cell or lost its digits, NULL and why."""
    trimmed = [part.str.strip_chars().fill_null("") if may_be_blank else part.str.strip_chars() for part in parts]
    frame = pl.DataFrame([part.alias(f"p{index}") for index, part in enumerate(trimmed)])
    is_blank, is_error, is_lost = (
        pl.any_horizontal(pl.all().is_null()),
        pl.any_horizontal(pl.all().is_in(ERROR_CELLS)).fill_null(False),
        pl.any_horizontal(pl.all().str.contains(SCIENTIFIC)).fill_null(False),
    )
    code = pl.when(is_blank).then(pl.lit(KEY_BLANK)).when(is_error).then(pl.lit(KEY_ERROR)).when(is_lost).then(pl.lit(KEY_DIGITS_LOST))
    joined = frame.select(key=pl.concat_str(pl.all(), separator="|") + suffix, code=code)
    return joined.select(pl.when(pl.col("code").is_null()).then("key")).to_series(), joined["code"]


def content_key(parts: dict[str, pl.Series]) -> pl.Series:
    """32 hex of SHA-256 over `name:bytes:value,` of the non-blank trimmed cells, in name order."""
    frame = pl.DataFrame([parts[name].str.strip_chars().alias(name) for name in sorted(parts)])
    pieces = [
        pl.when(pl.col(name).is_not_null()).then(
            pl.concat_str(pl.lit(f"{name}:"), pl.col(name).str.len_bytes(), pl.lit(":"), pl.col(name), pl.lit(","))
        )
        for name in frame.columns
    ]
    texts = frame.select(pl.concat_str(pieces, ignore_nulls=True).cast(pl.Binary)).to_series().to_list()
    return pl.Series([hashlib.sha256(text).digest() for text in texts], dtype=pl.Binary).bin.slice(0, 16).bin.encode("hex")
