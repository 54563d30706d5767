"""A table together with the entities it feeds: their plans and their chunks.

Belongs here: one pass over a table's blocks for all its records, columns repeated downwards. Does not: files, dates, holds (opened.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import polars as pl

from pipelines.extract.ahead import ahead
from pipelines.extract.delivery import Chunk, EntityPlan
from pipelines.extract.records import RecordBuilder
from pipelines.extract.table import ROW_NUMBER, Block, Table


@dataclass
class Fed:
    """A table, the entities it feeds, and the columns to repeat downwards."""

    table: Table
    builders: list[RecordBuilder]
    fill: list[str]
    missing: list[str]


def plans_of(fed: list[Fed]) -> list[EntityPlan]:
    """One plan an entity, over all sheets and records that feed it."""
    plans: dict[str, EntityPlan] = {}
    for builder in (builder for part in fed for builder in part.builders):
        plan = builder.binding.plan
        before = plans.get(plan.entity, plan)
        plans[plan.entity] = EntityPlan(
            plan.entity,
            before.has_natural_key and plan.has_natural_key,
            tuple(dict.fromkeys(before.delivered_columns + plan.delivered_columns)),
            tuple(dict.fromkeys(before.not_a_change + plan.not_a_change)),
        )
    return list(plans.values())


def chunks_of(fed: list[Fed]) -> Callable[[], Iterator[Chunk]]:
    def read() -> Iterator[Chunk]:
        for part in fed:
            for block in _filled(part):
                for builder in part.builders:
                    yield builder.chunk(block)

    return lambda: ahead(read())


def keys_of(chunks: Callable[[], Iterator[Chunk]]) -> Callable[[], Iterator[Chunk]]:
    """The same records by their keys alone, for a listing: it says which records there are, not what they hold."""

    def read() -> Iterator[Chunk]:
        for chunk in chunks():
            yield replace(chunk, accepted=chunk.accepted.select("_record_key", "_sheet", ROW_NUMBER))

    return read


def _filled(part: Fed) -> Iterator[Block]:
    """Blocks with the declared columns repeated downwards, across blocks."""
    last: dict[str, str | None] = {}
    for block in part.table.blocks:
        if part.fill and len(block.rows):
            above = {name: pl.lit(last.get(name), pl.String) for name in part.fill}
            filled = [pl.col(name).forward_fill().fill_null(above[name]) for name in part.fill]
            block.rows = block.rows.sort(ROW_NUMBER).with_columns(filled)
            last = {name: block.rows[name][-1] for name in part.fill}
        yield block
