"""Rows of Python values to frames of text, a bounded number at a time.

Belongs here: that loop. Does not: one value (text.py) or a driver.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl

from pipelines.extract.sql.database import BATCH_ROWS
from pipelines.extract.sql.text import text_of


def frames_of(names: list[str], fetch: Callable[[int], Sequence[Sequence[Any]]]) -> Iterator[pl.DataFrame]:
    """At least one frame, so that a table without rows still has its columns."""
    schema = dict.fromkeys(names, pl.String())
    rows = fetch(BATCH_ROWS)
    while True:
        columns = zip(*rows, strict=True) if rows else [()] * len(names)
        yield pl.DataFrame({name: [text_of(value) for value in column] for name, column in zip(names, columns, strict=True)}, schema=schema)
        rows = fetch(BATCH_ROWS)
        if not rows:
            return
