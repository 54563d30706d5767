"""JSON objects made from columns, many rows at once.

Belongs here: compact objects with sorted keys and no nulls. Does not: which columns go into which object.
"""

import json
from collections.abc import Mapping

import polars as pl

_NEEDS_ESCAPE = r'["\\\x00-\x1f]'


def json_objects(columns: Mapping[str, pl.Series], height: int) -> pl.Series:
    """One object a row of the non-null values (all strings), keys sorted; NULL where none is left."""
    members = [_member(name, columns[name]) for name in sorted(columns) if columns[name].null_count() < len(columns[name])]
    if not members:
        return pl.Series([None] * height, dtype=pl.String)
    frame = pl.DataFrame({f"m{index}": member for index, member in enumerate(members)})
    joined = frame.select(pl.concat_str(pl.all(), separator=",", ignore_nulls=True)).to_series()
    return joined.to_frame("j").select(pl.when(pl.col("j") != "").then(pl.concat_str(pl.lit("{"), "j", pl.lit("}")))).to_series()


def _member(name: str, values: pl.Series) -> pl.Series:
    key = json.dumps(name, ensure_ascii=False)
    if bool(values.str.contains(_NEEDS_ESCAPE).any()):
        return values.replace_strict(
            texts := values.unique().drop_nulls(),
            pl.Series([f"{key}:{json.dumps(text, ensure_ascii=False)}" for text in texts]),
            default=None,
        )
    return values.to_frame("v").select(pl.concat_str(pl.lit(f'{key}:"'), "v", pl.lit('"'))).to_series()
