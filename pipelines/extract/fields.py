"""One mapped field of many rows: raw text in, canonical text out, and which cells were bad.

Belongs here: choosing the parser by the field's type and the mapping's rule. Does not: rows, keys, records.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.extract.parsers.dates import dates, timestamps
from pipelines.extract.parsers.numbers import SCIENTIFIC, decimals, integers, money, rates
from pipelines.extract.parsers.words import booleans, phones
from pipelines.extract.rules import ColumnRule, TaxIncluded

ERROR_CELLS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!", "#CALC!")
CANNOT_READ, ERROR_CELL, DIGITS_LOST = "FNL-221", "FNL-222", "FNL-223"


@dataclass
class Parsed:
    """Aligned with the rows. code: NULL where the cell is good or blank, else why it is bad; value is NULL there."""

    value: pl.Series
    code: pl.Series


def parse_field(raw: pl.Series, field: str, kind: str, rule: ColumnRule, company_zone: str) -> Parsed:
    """`raw` is the cell's text or NULL where blank; `kind` the entity's type of `field`."""
    cells = raw.str.strip_chars()
    is_error = cells.is_in(ERROR_CELLS).fill_null(False)
    if bool(is_error.any()):
        cells = cells.set(is_error, None)
    value = _value(cells, field, kind, rule, company_zone)
    bad = cells.is_not_null() & value.is_null()
    if not bool(bad.any()) and not bool(is_error.any()):
        return Parsed(value, pl.Series([None] * len(raw), dtype=pl.String))
    lost = bad & cells.str.contains(SCIENTIFIC).fill_null(False)
    codes = pl.DataFrame({"error": is_error, "lost": lost, "bad": bad}).select(
        pl.when("error").then(pl.lit(ERROR_CELL)).when("lost").then(pl.lit(DIGITS_LOST)).when("bad").then(pl.lit(CANNOT_READ))
    )
    return Parsed(value, codes.to_series())


def _value(cells: pl.Series, field: str, kind: str, rule: ColumnRule, company_zone: str) -> pl.Series:
    zone = company_zone if rule.zone == "company" else rule.zone
    match kind:
        case "date":
            return dates(cells, rule.formats, zone)
        case "timestamp":
            return timestamps(cells, rule.formats, zone)
        case "decimal":
            tax = rule.tax.included if isinstance(rule.tax, TaxIncluded) else None
            return money(decimals(cells), rule.multiplier, tax)
        case "integer":
            return integers(cells)
        case "rate":
            return rates(cells, rule.percent)
        case "boolean":
            return booleans(cells, rule.words)
    return _text(cells, field == "phone" or kind == "reference", rule)


def _text(cells: pl.Series, is_number_like: bool, rule: ColumnRule) -> pl.Series:
    if rule.region:
        return phones(cells, rule.region)
    if rule.nfkc:
        cells = cells.str.normalize("NFKC").str.strip_chars()
    if is_number_like:
        cells = cells.set(cells.str.contains(SCIENTIFIC).fill_null(False), None)
    return cells.replace({word: str(meant) for word, meant in rule.words.items()}) if rule.words else cells


def gross(raw: pl.Series, rule: ColumnRule) -> pl.Series:
    """The amount with its tax, where the source's money includes it."""
    return money(decimals(raw.str.strip_chars()), rule.multiplier, None)
