"""One file with its mapping: which tables feed which entities, what is missing, and the Delivery that follows.

Belongs here: matching sheets, binding mappings to headers, holds and notes. Does not: finding files, or reading values.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from zoneinfo import ZoneInfo

from pipelines.extract.binding import Binding, find_header
from pipelines.extract.connect.extraction_file import ExtractionFile
from pipelines.extract.delivered_at import Moment, moment_of
from pipelines.extract.delivery import Delivery, Original, SourceError
from pipelines.extract.encoding import encoding_of
from pipelines.extract.fed import Fed, chunks_of, keys_of, plans_of
from pipelines.extract.grid import grid_table
from pipelines.extract.mapping import Mapping, Sheet
from pipelines.extract.records import RecordBuilder
from pipelines.extract.sniff import sniff
from pipelines.extract.table import Table, is_nameless
from pipelines.extract.text_table import text_table
from pipelines.extract.workbook import Workbook


@dataclass(frozen=True)
class Opening:
    """What every delivery of one file shares."""

    source: str
    mapping: Mapping
    original: Original
    zone: ZoneInfo

    def deliveries(self) -> Iterator[Delivery]:
        """One, or one a tab. Raises SourceError for what cannot be read."""
        format = sniff(self.original.path, self.original.name)
        if format == "text":
            yield self._of_text()
            return
        if format == "extraction":
            yield self._of_extraction()
            return
        workbook = Workbook.opened(self.original)
        if self.mapping.delivered_at.sheet_name:
            yield from self._one_a_tab(workbook)
            return
        used, fed = set(), []
        for spec in self.mapping.sheets:
            for index in workbook.matching(spec.sheet):
                used.add(index)
                fed.append(self._fed(spec, grid_table(workbook.sheet(index), spec.header, self.original.name)))
        cell = self.mapping.delivered_at.cell
        moment = self._moment(cell=workbook.cell(cell.sheet, cell.cell) if cell else None)
        yield self._delivery(moment, fed, self._sheet_notes(workbook, used))

    def _of_text(self) -> Delivery:
        path, mapping = self.original.path, self.mapping
        encoding = encoding_of(path, mapping.encoding)
        fed = [self._fed(spec, text_table(path, encoding, mapping.delimiter, spec.header)) for spec in mapping.sheets]
        return self._delivery(self._moment(), fed, [{"code": "FNL-231", "file": self.original.name, "encoding": encoding}])

    def _of_extraction(self) -> Delivery:
        """What a connector read: it says itself when, how completely, and where the next reading begins."""
        file = ExtractionFile(self.original.path, self.original.name)
        kind = file.summary["kind"]
        # A part of a night (what changed, the keys) may say nothing of an object; a whole reading may not.
        told = [spec for spec in self.mapping.sheets if kind == "full" or str(spec.sheet) in file.objects]
        specs = [spec.keys_alone() for spec in told] if kind == "ids" else told
        fed = [self._fed(spec, file.table(str(spec.sheet))) for spec in specs]
        unread = sorted(set(file.objects) - {str(spec.sheet) for spec in specs})
        notes = [{"code": "FNL-233", "file": self.original.name, "sheets": ", ".join(unread)}] if unread else []
        delivery = self._delivery(Moment(None, file.started_at, {}), fed, [*file.summary["notes"], *notes])
        if kind == "ids":  # beside the keys a listing has what chooses records: no unknown column
            delivery.notes = [note for note in delivery.notes if note["code"] != "FNL-232"]
        delivery.source_kind, delivery.kind, delivery.cursor = file.summary["source_kind"], kind, file.summary["cursor"]
        delivery.chunks = keys_of(delivery.chunks) if kind == "ids" else delivery.chunks
        return delivery

    def _one_a_tab(self, workbook: Workbook) -> Iterator[Delivery]:
        how = self.mapping.delivered_at
        dated = [index for index, name in enumerate(workbook.names) if re.search(how.sheet_name or "", name)]
        if not dated:
            origin = f"sheet names {', '.join(workbook.names)} against {how.sheet_name}"
            raise SourceError("FNL-216", file=self.original.name, origin=origin, format=how.format)
        for number, index in enumerate(dated, start=1):
            raw = workbook.sheet(index)
            fed = [self._fed(spec, grid_table(raw, spec.header, self.original.name)) for spec in self.mapping.sheets]
            delivery = self._delivery(self._moment(sheet=raw.name), fed, self._sheet_notes(workbook, set(dated)))
            delivery.part_number, delivery.part_count = number, len(dated)
            yield delivery

    def _moment(self, sheet: str = "", cell: str | None = None) -> Moment:
        return moment_of(self.mapping, self.original, self.zone, sheet, cell)

    def _sheet_notes(self, workbook: Workbook, used: set[int]) -> list[dict]:
        unread = [name for index, name in enumerate(workbook.names) if index not in used]
        hidden = [workbook.names[index] for index in sorted(used) if not workbook.sheet(index).is_visible]
        listed = (("FNL-233", unread), ("FNL-238", hidden))
        return [{"code": code, "file": self.original.name, "sheets": ", ".join(names)} for code, names in listed if names]

    def _fed(self, spec: Sheet, table: Table) -> Fed:
        bindings = [Binding(record, spec, table.headers) for record in spec.records]
        used = frozenset().union(*(binding.mapped for binding in bindings))
        for binding in bindings:
            binding.others_mapped = used
        fill = {name: find_header(table.headers, name) for name in spec.fill_down}
        missing = [
            *chain(*(binding.missing for binding in bindings)),
            *table.missing_labels,
            *[name for name, found in fill.items() if not found],
        ]
        builders = [RecordBuilder(self.source, binding, table.sheet, str(self.zone)) for binding in bindings]
        return Fed(table, builders, [found for found in fill.values() if found], list(dict.fromkeys(missing)))

    def _delivery(self, moment: Moment, fed: list[Fed], notes: list[dict]) -> Delivery:
        mapping, original = self.mapping, self.original
        try:
            scope = mapping.scope.format_map(moment.words)
        except KeyError as error:
            raise SourceError("FNL-216", file=original.name, origin=f"scope needs {error}", format=mapping.scope) from None
        holds = [self._hold(part) for part in fed if part.missing]
        notes = notes + [note for part in fed for note in self._notes(part)]
        return Delivery(
            self.source, "file", mapping.delivery, scope, moment.declared_date, moment.delivered_at, mapping.version(self.zone),
            plans_of(fed), chunks_of(fed), original, holds=holds, notes=notes,
        )  # fmt: skip

    def _hold(self, part: Fed) -> dict:
        columns, headers = ", ".join(part.missing), ", ".join(part.table.headers)
        return {"code": "FNL-217", "file": self.original.name, "sheet": part.table.sheet, "columns": columns, "headers": headers}

    def _notes(self, part: Fed) -> Iterator[dict]:
        place = {"file": self.original.name, "sheet": part.table.sheet}
        bindings = [builder.binding for builder in part.builders]
        unknown = set(part.table.headers).intersection(*(binding.extra for binding in bindings))
        listed = [header for header in part.table.headers if header in unknown and not is_nameless(header)]
        if listed:
            yield {"code": "FNL-232", **place, "columns": ", ".join(listed)}
        undeclared = [
            f"{binding.record.entity}.{name}"
            for binding in bindings
            for name, (_, rule) in binding.columns.items()
            if rule.tax == "undeclared" and name.endswith("amount") and binding.record.type_of(name) == "decimal"
        ]
        if undeclared:
            yield {"code": "FNL-234", **place, "columns": ", ".join(undeclared)}
