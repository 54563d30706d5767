"""One file with its mapping: which tables feed which entities, what is missing, and the Delivery that follows.

Belongs here: matching sheets, binding mappings to headers, holds and notes. Does not: finding files, or reading values.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.extract.delivered_at import Moment, moment_of
from pipelines.extract.delivery import Chunk, Delivery, EntityPlan, Original, SourceError
from pipelines.extract.encoding import encoding_of
from pipelines.extract.grid import grid_table
from pipelines.extract.mapping import Mapping, Sheet
from pipelines.extract.records import RecordBuilder
from pipelines.extract.sniff import sniff
from pipelines.extract.table import ROW_NUMBER, Block, Table
from pipelines.extract.text_table import text_table
from pipelines.extract.worker import RawSheet, shared_worker


@dataclass
class Bound:
    """A sheet's table and the builders it feeds."""

    table: Table
    builders: list[RecordBuilder]
    fill: list[str]


@dataclass
class Workbook:
    """Sheets of the open workbook, each read once."""

    original: Original
    names: list[str]
    read: dict[int, RawSheet] = field(default_factory=dict)

    def sheet(self, index: int) -> RawSheet:
        if index not in self.read:
            self.read[index] = shared_worker().sheet(index)
        return self.read[index]

    def matching(self, wanted: int | str | None) -> list[int]:
        """Indexes of the sheets a mapping names by number, name or /pattern/. Raises SourceError FNL-218 when there is none."""
        if isinstance(wanted, str) and len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/"):
            found = [index for index, name in enumerate(self.names) if re.search(wanted[1:-1], name)]
        elif isinstance(wanted, str):
            found = [index for index, name in enumerate(self.names) if name.strip() == wanted.strip()]
        else:
            found = [index for index in range(len(self.names)) if index == (wanted or 0)]
        if not found:
            raise SourceError("FNL-218", file=self.original.name, sheet=wanted, sheets=", ".join(self.names))
        return found


def opened_sources(source: str, mapping: Mapping, original: Original, zone: ZoneInfo) -> Iterator[Delivery]:
    """The deliveries of one file: one, or one a tab. Raises SourceError for what cannot be read."""
    if sniff(original.path) == "text":
        encoding = encoding_of(original.path, mapping.encoding)
        bound = [_bound(source, mapping, spec, text_table(original.path, encoding, mapping.delimiter, spec.header), zone) for spec in mapping.sheets]
        yield _delivery(source, mapping, original, moment_of(mapping, original, zone), bound, [{"code": "FNL-231", "file": original.name, "encoding": encoding}])
        return
    workbook = Workbook(original, shared_worker().sheets(original.path))
    if mapping.delivered_at.sheet_name:
        yield from _one_a_tab(source, mapping, workbook, zone)
        return
    used, bound = set(), []
    for spec in mapping.sheets:
        for index in workbook.matching(spec.sheet):
            used.add(index)
            bound.append(_bound(source, mapping, spec, grid_table(workbook.sheet(index), spec.header, original.name), zone))
    unread = [name for index, name in enumerate(workbook.names) if index not in used]
    notes = [{"code": "FNL-233", "file": original.name, "sheets": ", ".join(unread)}] if unread else []
    yield _delivery(source, mapping, original, moment_of(mapping, original, zone, cell=_dating_cell(mapping, workbook)), bound, notes)


def _one_a_tab(source: str, mapping: Mapping, workbook: Workbook, zone: ZoneInfo) -> Iterator[Delivery]:
    original, pattern = workbook.original, mapping.delivered_at.sheet_name or ""
    dated = [index for index, name in enumerate(workbook.names) if re.search(pattern, name)]
    if not dated:
        raise SourceError("FNL-216", file=original.name, origin=f"sheet names {', '.join(workbook.names)} against {pattern}", format=mapping.delivered_at.format)
    unread = [name for index, name in enumerate(workbook.names) if index not in dated]
    notes = [{"code": "FNL-233", "file": original.name, "sheets": ", ".join(unread)}] if unread else []
    for index in dated:
        raw = workbook.sheet(index)
        bound = [_bound(source, mapping, spec, grid_table(raw, spec.header, original.name), zone) for spec in mapping.sheets]
        yield _delivery(source, mapping, original, moment_of(mapping, original, zone, sheet=raw.name), bound, list(notes))


def _dating_cell(mapping: Mapping, workbook: Workbook) -> str | None:
    """The text of the cell that holds the delivery's date, by its address in the sheet."""
    where = mapping.delivered_at.cell
    if where is None:
        return None
    raw = workbook.sheet(workbook.matching(where.sheet)[0])
    letters, digits = re.match(r"([A-Z]+)(\d+)", where.cell).groups()  # type: ignore[union-attr]
    column = -1 - raw.first_column
    power = 0
    for power, letter in enumerate(reversed(letters)):
        column += (ord(letter) - 64) * 26**power
    row = int(digits) - 1
    return raw.cells.item(row, column) if 0 <= row < raw.cells.height and 0 <= column < raw.cells.width else None


def _bound(source: str, mapping: Mapping, spec: Sheet, table: Table, zone: ZoneInfo) -> Bound:
    builders = [RecordBuilder(source, record, spec, table, str(zone)) for record in spec.records]
    used = frozenset().union(*(builder.mapped for builder in builders))
    for builder in builders:
        builder.others_mapped = used
    return Bound(table, builders, builders[0].fill)


def _delivery(source: str, mapping: Mapping, original: Original, moment: Moment, bound: list[Bound], notes: list[dict]) -> Delivery:
    holds = []
    for part in bound:
        missing = list(dict.fromkeys(chain(*(builder.missing for builder in part.builders), part.table.missing_labels)))
        if missing:
            holds.append({"code": "FNL-217", "file": original.name, "sheet": part.table.sheet, "columns": ", ".join(missing), "headers": ", ".join(part.table.headers)})
    notes += [note for part in bound for note in _table_notes(original, part)]
    try:
        scope = mapping.scope.format_map(moment.words)
    except KeyError as error:
        raise SourceError("FNL-216", file=original.name, origin=f"scope needs {error}", format=mapping.scope) from None
    return Delivery(source, "file", mapping.delivery, scope, moment.declared_date, moment.delivered_at, mapping.version, _plans(bound),
                    _chunks(bound), original, holds=holds, notes=notes)


def _table_notes(original: Original, part: Bound) -> list[dict]:
    used = set().union(*(builder.mapped for builder in part.builders))
    unknown = [header for header in part.table.headers if header not in used and not header.startswith("#")]
    notes = [{"code": "FNL-232", "file": original.name, "sheet": part.table.sheet, "columns": ", ".join(unknown)}] if unknown else []
    undeclared = [f"{builder.record.entity}.{name}" for builder in part.builders for name, (_, rule) in builder.columns.items()
                  if rule.tax == "undeclared" and builder.record.type_of(name) == "decimal" and name.endswith("amount")]
    return notes + ([{"code": "FNL-234", "file": original.name, "sheet": part.table.sheet, "columns": ", ".join(undeclared)}] if undeclared else [])


def _plans(bound: list[Bound]) -> list[EntityPlan]:
    """One plan an entity, over all sheets and records that feed it."""
    plans: dict[str, EntityPlan] = {}
    for builder in (builder for part in bound for builder in part.builders):
        plan, before = builder.plan, plans.get(builder.plan.entity)
        plans[plan.entity] = plan if before is None else EntityPlan(
            plan.entity, before.has_natural_key and plan.has_natural_key, tuple(dict.fromkeys(before.delivered_columns + plan.delivered_columns)),
            tuple(dict.fromkeys(before.not_a_change + plan.not_a_change)))
    return list(plans.values())


def _chunks(bound: list[Bound]) -> Callable[[], Iterator[Chunk]]:
    def read() -> Iterator[Chunk]:
        for part in bound:
            for block in _filled(part):
                for builder in part.builders:
                    yield builder.chunk(block)

    return read


def _filled(part: Bound) -> Iterator[Block]:
    """Blocks with the declared columns repeated downwards, across blocks."""
    last: dict[str, str | None] = {}
    for block in part.table.blocks:
        if part.fill and len(block.rows):
            rows = block.rows.sort(ROW_NUMBER).with_columns(pl.col(name).forward_fill().fill_null(pl.lit(last.get(name), pl.String)) for name in part.fill)
            last = {name: rows[name][-1] for name in part.fill}
            block.rows = rows
        yield block
