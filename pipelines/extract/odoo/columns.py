"""Odoo's records as columns of text, by the types that fields_get tells.

Belongs here: which fields are read, and one value to text. Does not: asking, or columns that no field holds (derived.py).
`false` is Odoo's null, except in a boolean; [id, name] becomes the two columns `x` and `x.name`; lists and objects are JSON.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from decimal import Decimal
from operator import itemgetter
from typing import Any

import polars as pl

# What is another object's own, pictures, and lists that grow with use: who has read or starred a message is no news of a sale.
LEFT_OUT_TYPES = {"binary", "one2many"}
LEFT_OUT = {
    "res.partner": {"starred_message_ids", "meeting_ids", "channel_ids"},
    "res.company": {"user_ids"},
    "mail.message": {"starred_partner_ids", "notified_partner_ids"},
}

ENCODE = json.JSONEncoder(ensure_ascii=False).encode

Types = dict[str, str]  # field: type


def types_of(model: str, described: dict[str, dict]) -> Types:
    """The fields that are read: stored ones that the user may see."""
    left_out = LEFT_OUT.get(model, set())
    return {
        name: said["type"]
        for name, said in described.items()
        if said.get("store") and said["type"] not in LEFT_OUT_TYPES and name not in left_out
    } | {"id": "integer"}


def names_of(types: Types) -> list[str]:
    return [column for name, kind in types.items() for column in ([name, f"{name}.name"] if kind == "many2one" else [name])]


def columns_of(rows: list[dict], types: Types) -> dict[str, pl.Series]:
    """Column by column: the 67 fields of a lead, value by value through one function, took five times as long."""
    made: dict[str, pl.Series] = {}
    for (name, kind), values in zip(types.items(), _columns(rows, list(types)), strict=True):
        if kind == "many2one":
            made[name] = text_series(name, [str(value[0]) if value else None for value in values])
            made[f"{name}.name"] = text_series(f"{name}.name", [value[1] or None if value else None for value in values])
        else:
            made[name] = _column(name, kind, values)
    return made


def _columns(rows: list[dict], names: list[str]) -> Iterable[Sequence[Any]]:
    """The values of each field, false where a row has none."""
    if len(names) > 1 and rows:
        with suppress(KeyError):
            return list(zip(*map(itemgetter(*names), rows), strict=True))
    return [[row.get(name, False) for row in rows] for name in names]


def text_series(name: str, values: Iterable[str | None]) -> pl.Series:
    return pl.Series(name, list(values), dtype=pl.String)


def _column(name: str, kind: str, values: Sequence[Any]) -> pl.Series:
    if kind == "boolean":
        return text_series(name, ("true" if value else "false" for value in values))
    if kind == "datetime":  # UTC, without saying so
        return text_series(name, (f"{value.replace(' ', 'T')}Z" if value else None for value in values))
    if kind == "many2one_reference":
        return text_series(name, (str(value) if value else None for value in values))
    if kind == "integer":
        return text_series(name, [None if value is False or value is None else str(value) for value in values])
    return text_series(name, [value if isinstance(value, str) else None if value is False else _text(value) for value in values])


def _text(value: Any) -> str | None:
    if value is False or value is None:
        return None
    if isinstance(value, float):
        text = repr(value)
        return format(Decimal(text), "f") if "e" in text else text
    return (ENCODE(value) if value else "[]" if isinstance(value, list) else "{}") if isinstance(value, list | dict) else str(value)
