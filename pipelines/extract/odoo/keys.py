"""The keys of all records of an Odoo, with the columns by which the mapping chooses among them.

Belongs here: listing. Does not: when it is due (connect/listing.py).
"""

from collections.abc import Iterator

import polars as pl

from pipelines.extract.connect.connector import Batch
from pipelines.extract.connect.listing import listed_columns
from pipelines.extract.mapping import Mapping
from pipelines.extract.odoo.derived import id_of
from pipelines.extract.odoo.models import ACTIVITY, CHANGED, LEAD, MESSAGE, STAGE_CHANGE, TRACKING, WHOLE, Model
from pipelines.extract.odoo.reading import Reading, activities_of, derived_of, messages_of

PAGE = 5_000  # keys are short
LEADS = 1_000  # whose threads are listed at once


def keys(reading: Reading, mapping: Mapping) -> Iterator[Batch]:
    wanted = {str(sheet.sheet): listed_columns(mapping, str(sheet.sheet)) for sheet in mapping.sheets}
    for name, columns in wanted.items():
        yield Batch(name, pl.DataFrame(schema=dict.fromkeys(columns, pl.String)))
    leads: list[int] = []
    for model in (*WHOLE, *CHANGED):
        if model.name == LEAD or (model.name in wanted and model.name in reading.fields):
            for rows in reading.pages(model, list(model.domain), _fields(model.name, wanted.get(model.name, [])), PAGE):
                leads += [row["id"] for row in rows] if model.name == LEAD else []
                if model.name in wanted:
                    if model.name == LEAD and any(name in ("_customer_id", "_contact_id") for name in wanted[LEAD]):
                        reading.learn_customers(rows)
                    yield Batch(model.name, reading.frame(model.name, rows, wanted[model.name]))
    for start in range(0, len(leads), LEADS):
        yield from _threads(reading, leads[start : start + LEADS], wanted)


def _threads(reading: Reading, leads: list[int], wanted: dict[str, list[str]]) -> Iterator[Batch]:
    """Closing messages and moves are keys of `_stage_change` (history.py), if it is read at all."""
    has_history = TRACKING in reading.fields and (STAGE_CHANGE in wanted or TRACKING in wanted)
    if MESSAGE in wanted or has_history:
        names = list(dict.fromkeys([*_fields(MESSAGE, wanted.get(MESSAGE, [])), "subtype_id"]))
        for rows in reading.pages(Model(MESSAGE), messages_of(leads), names, PAGE):
            if MESSAGE in wanted:
                yield Batch(MESSAGE, reading.frame(MESSAGE, rows, wanted[MESSAGE]))
            if has_history:
                closings = [f"message:{row['id']}" for row in rows if id_of(row["subtype_id"]) in reading.known.closings]
                yield from _stage_changes(reading, [row["id"] for row in rows], closings, wanted)
    if ACTIVITY in wanted and ACTIVITY in reading.fields:
        for rows in reading.pages(Model(ACTIVITY), activities_of(leads), _fields(ACTIVITY, wanted[ACTIVITY]), PAGE):
            yield Batch(ACTIVITY, reading.frame(ACTIVITY, rows, wanted[ACTIVITY]))


def _stage_changes(reading: Reading, messages: list[int], closings: list[str], wanted: dict[str, list[str]]) -> Iterator[Batch]:
    names = [*_fields(TRACKING, wanted.get(TRACKING, [])), "field_id" if "field_id" in reading.fields[TRACKING] else "field"]
    moves: list[str] = []
    for rows in reading.pages(Model(TRACKING), [("mail_message_id", "in", messages)], list(dict.fromkeys(names)), PAGE):
        moves += [f"stage:{row['id']}" for row in rows if reading.is_move(row)]
        if TRACKING in wanted:
            yield Batch(TRACKING, reading.frame(TRACKING, rows, wanted[TRACKING]))
    if STAGE_CHANGE in wanted:
        yield Batch(STAGE_CHANGE, _of_keys([*closings, *moves]))


def _of_keys(values: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"key": values}, schema={"key": pl.String})


def _fields(model: str, wanted: list[str]) -> list[str]:
    """Fields of Odoo that these columns are made of."""
    own = {name.removesuffix(".name") for name in wanted if not name.startswith("_")}
    return sorted({"id", *own, *(need for rule in derived_of(model, wanted) for need in rule.needs)})
