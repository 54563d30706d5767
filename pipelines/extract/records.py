"""Rows of a table to records of one entity, as a Chunk for landing.

Belongs here: skipping, filtering, unpivoting, refusing or blanking, and what goes into `_attributes`, `_extra` and `_raw`.
Does not: finding headers (binding.py) or rows (grid, text_table), nor reading one value (fields.py).
"""

from dataclasses import dataclass

import polars as pl

from pipelines.extract.binding import Binding, Rules, find_header
from pipelines.extract.delivery import Chunk, RowCounts
from pipelines.extract.fields import gross, parse_field
from pipelines.extract.json_columns import json_objects
from pipelines.extract.keys import content_key, natural_key
from pipelines.extract.problems import cell_problems, described, no_problems, ragged_problems
from pipelines.extract.rules import ColumnRule
from pipelines.extract.table import ROW_NUMBER, Block

REFUSED_SCHEMA = pl.Schema({"_record_key": pl.String, "_sheet": pl.String, ROW_NUMBER: pl.Int64})


class Cells:
    """What one pass over the rows gathers: canonical values, raw texts of changed cells, and problems."""

    def __init__(self, rows: pl.DataFrame, sheet: str) -> None:
        self.rows, self.sheet = rows, sheet
        self.values: dict[str, pl.Series] = {}
        self.raws: dict[str, pl.Series] = {}
        self.problems: list[pl.DataFrame] = []
        self.is_refused = pl.Series([False] * len(rows), dtype=pl.Boolean)

    def keep_raw(self, header: str, canonical: pl.Series) -> None:
        """Raw text where parsing changed it; the midnight that a reader adds to a date cell is no change."""
        raw = self.rows[header]
        changed = canonical.ne_missing(raw)
        if changed.any():
            changed &= raw.is_not_null() & (canonical + " 00:00:00").ne_missing(raw)
        if changed.any():
            self.raws[header] = raw.set(~changed, None)

    def report(self, header: str, raw: pl.Series | None, code: pl.Series, refuses: bool) -> None:
        if code.null_count() == len(code):
            return
        if refuses:
            self.is_refused |= code.is_not_null()
        self.problems.append(cell_problems(self.rows, self.sheet, header, raw, code, "refused" if refuses else "blanked"))


@dataclass
class RecordBuilder:
    """Makes the records of one entity from one sheet's blocks."""

    source: str
    binding: Binding
    sheet: str
    zone: str
    may_key_be_blank: bool = False

    def chunk(self, block: Block) -> Chunk:
        """The records of a block, and the row identity: source = accepted + refused + blank + title (in rows of the source)."""
        rows = self._wanted(block.rows)
        counts = RowCounts(block.source, 0, len(block.ragged), block.blank, block.title + len(block.rows) - len(rows))
        groups: list[Rules] = self.binding.groups or [{}]
        parts = [self._records(rows, group, number if self.binding.groups else 0) for number, group in enumerate(groups, start=1)]
        ragged_refused, ragged_listed = self._ragged(block.ragged)
        refused = pl.concat([part.refused for part in parts])
        refused_rows = refused[ROW_NUMBER].n_unique()
        counts.refused, counts.accepted = counts.refused + refused_rows, len(rows) - refused_rows
        return Chunk(
            self.binding.record.entity,
            pl.concat([part.accepted for part in parts], how="diagonal"),
            pl.concat([refused, ragged_refused]),
            pl.concat([*[part.problems for part in parts], ragged_listed]),
            counts,
        )

    def _wanted(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows that are neither totals nor filtered out."""
        keep = pl.lit(True)
        for header, words in self.binding.skip.items():
            keep &= ~pl.col(header).str.strip_chars().is_in(words).fill_null(False)
        for header, wanted in self.binding.where.items():
            cell = pl.col(header).str.strip_chars()
            keep &= cell.is_not_null() if wanted == "not_blank" else cell.is_in(wanted).fill_null(False)
        return rows.filter(keep)

    def _records(self, rows: pl.DataFrame, group: Rules, group_number: int) -> Chunk:
        """One record a row; of a group (unpivot), one a row where the group has any cell. Counts are the caller's."""
        binding, record = self.binding, self.binding.record
        if group_number:
            headers = [header for header, _ in group.values() if header]
            rows = rows.filter(pl.any_horizontal(pl.col(headers).is_not_null())) if headers else rows.clear()
        cells = Cells(rows, self.sheet)
        for name, (header, rule) in {**binding.columns, **group}.items():
            self._field(cells, name, header, rule)
        attributes = self._attributes(cells)
        key, code = self._key(rows, cells.values, group_number)
        cells.report(" | ".join(part for part in binding.key if part), None, code, refuses=True)
        quiet = {header: rows[header] for header in binding.quiet if header not in binding.mapped}
        height = len(rows)
        frame = pl.DataFrame(
            {
                "_record_key": key,
                "_sheet": pl.Series([self.sheet] * height, dtype=pl.String),
                ROW_NUMBER: rows[ROW_NUMBER],
                **cells.values,
                "_attributes": attributes,
                "_extra": json_objects({header: rows[header] for header in binding.extra}, height),
                "_raw": json_objects(cells.raws | quiet, height),
            }
        )
        problems = pl.concat(cells.problems) if cells.problems else no_problems()
        listed = described(problems, frame.select(ROW_NUMBER, "_record_key"), rows, binding.headers)
        refused = frame.filter(cells.is_refused).select(REFUSED_SCHEMA.names())
        return Chunk(record.entity, frame.filter(~cells.is_refused), refused, listed, RowCounts())

    def _field(self, cells: Cells, name: str, header: str | None, rule: ColumnRule) -> None:
        kind = self.binding.record.type_of(name)
        raw = cells.rows[header] if header else pl.Series([rule.constant] * len(cells.rows), dtype=pl.String)
        parsed = parse_field(raw, name, kind, rule, self.zone)
        cells.values[name] = parsed.value
        if kind == "reference":
            is_there = pl.DataFrame({name: parsed.value}).select(pl.col(name).is_not_null())
            cells.values[f"{name}_source"] = is_there.select(pl.when(name).then(pl.lit(rule.source or self.source))).to_series()
            cells.values[f"{name}_by"] = is_there.select(pl.when(name).then(pl.lit(rule.by))).to_series()
        if name == "amount" and self.binding.has_gross:
            cells.values["amount_gross"] = gross(raw, rule)
        if header:
            cells.keep_raw(header, parsed.value)
            refuses = rule.on_bad == "refuse" or (rule.on_bad is None and header in self.binding.key)
            cells.report(header, raw, parsed.code, refuses)

    def _attributes(self, cells: Cells) -> pl.Series:
        """`_attributes`: {name: "type:canonical text"}."""
        typed: dict[str, pl.Series] = {}
        for name, header in self.binding.attributes.items():
            kind, raw = self.binding.record.attributes[name], cells.rows[header]
            parsed = parse_field(raw, name, kind, ColumnRule(column=header), self.zone)
            typed[name] = f"{kind}:" + parsed.value
            cells.keep_raw(header, parsed.value)
            cells.report(header, raw, parsed.code, refuses=False)
        return json_objects(typed, len(cells.rows))

    def _key(self, rows: pl.DataFrame, values: dict[str, pl.Series], group_number: int) -> tuple[pl.Series, pl.Series]:
        """(key, code): the code says why there is no key."""
        record, nothing = self.binding.record, pl.Series([None] * len(rows), dtype=pl.String)
        if record.key:
            parts = [rows[part] if part else nothing for part in self.binding.key]
            return natural_key(parts, f"|{group_number}" if group_number else "", self.may_key_be_blank)
        if record.content_key == "all":
            content = {header: rows[header] for header in self.binding.headers if header not in self.binding.quiet}
            return content_key(content | ({"group": nothing.fill_null(str(group_number))} if group_number else {})), nothing
        headers = {name: find_header(self.binding.headers, name) for name in record.content_key or []}
        return content_key({name: rows[header] if header else values.get(name, nothing) for name, header in headers.items()}), nothing

    def _ragged(self, ragged: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows with too few or too many cells: refused, with the key where its cells stand."""
        if ragged.is_empty():
            return pl.DataFrame(schema=REFUSED_SCHEMA), no_problems()
        headers, width = self.binding.headers, max(map(len, ragged["cells"].to_list()))
        names = [*headers, *[f"#{number}" for number in range(len(headers) + 1, width + 1)]]
        cells = {name: ragged["cells"].list.get(index, null_on_oob=True).replace("", None) for index, name in enumerate(names)}
        rows = pl.DataFrame({ROW_NUMBER: ragged[ROW_NUMBER], **cells})
        keys = self._key(rows, {}, 0)[0] if self.binding.record.key else pl.Series([None] * len(rows), dtype=pl.String)
        place = pl.DataFrame({"_record_key": keys, "_sheet": [self.sheet] * len(rows), ROW_NUMBER: rows[ROW_NUMBER]}, schema=REFUSED_SCHEMA)
        return place, ragged_problems(ragged, keys, self.sheet, cells, len(headers))
