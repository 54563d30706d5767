"""Rows of a table to records of one entity, as a Chunk for landing.

Belongs here: skipping, filtering, unpivoting, refusing or blanking, and what goes into `_attributes`, `_extra` and `_raw`.
Does not: finding rows (grid, text_table) or reading one value (fields.py).
"""

from dataclasses import dataclass, field

import polars as pl

from pipelines.extract.delivery import PROBLEM_SCHEMA, Chunk, EntityPlan, RowCounts
from pipelines.extract.fields import gross, parse_field
from pipelines.extract.json_columns import json_objects
from pipelines.extract.keys import content_key, natural_key
from pipelines.extract.mapping import ColumnRule, Record, Sheet, TaxIncluded
from pipelines.extract.table import ROW_NUMBER, Block, Table, same_header

RAGGED = "FNL-225"
REFUSED_SCHEMA = {"_record_key": pl.String, "_sheet": pl.String, "_row_number": pl.Int64}


def find_header(headers: list[str], wanted: str | list[str]) -> str | None:
    """The sheet's own spelling of the first wanted header that it has."""
    for name in [wanted] if isinstance(wanted, str) else wanted:
        found = name if name in headers else next((header for header in headers if same_header(header, name)), None)
        if found is not None:
            return found
    return None


@dataclass
class RecordBuilder:
    """One entity of one sheet, bound to the headers this file has. `missing`: mapped columns the sheet lacks (not the optional)."""

    source: str
    record: Record
    sheet: Sheet
    table: Table
    zone: str
    may_key_be_blank: bool = False
    missing: list[str] = field(init=False, default_factory=list)
    others_mapped: frozenset[str] = frozenset()  # headers that the sheet's other records use: not extra

    def __post_init__(self) -> None:
        record, headers = self.record, self.table.headers
        self.key = [self._bound(part) for part in record.key]
        self.columns = self._bound_rules(record.columns)
        self.groups = [self._bound_rules(group) for group in record.groups] or [{}]
        self.attributes = {name: found for name in record.attributes if (found := self._bound(name))}
        self.where = {self._bound(name): words for name, words in record.where.items()}
        self.skip = {found: words for name, words in self.sheet.skip_rows_where.items() if (found := find_header(headers, name))}
        self.fill = [found for name in self.sheet.fill_down if (found := self._bound(name))]
        self.quiet = {found for name in record.not_a_change if (found := find_header(headers, name))}

    def _bound(self, wanted: str | list[str], optional: bool = False) -> str | None:
        found = find_header(self.table.headers, wanted)
        if found is None and not optional:
            name = wanted if isinstance(wanted, str) else " / ".join(wanted)
            self.missing += [name] if name not in self.missing else []
        return found

    def _bound_rules(self, rules: dict[str, ColumnRule]) -> dict[str, tuple[str | None, ColumnRule]]:
        """field -> (header or None for a constant, rule), of the columns that are there."""
        found: dict[str, tuple[str | None, ColumnRule]] = {}
        for name, rule in rules.items():
            header = None if rule.constant is not None else self._bound(rule.headers, rule.optional)
            if header is not None or rule.constant is not None:
                found[name] = (header, rule)
        return found

    @property
    def mapped(self) -> set[str]:
        """Headers that something of this record uses."""
        used = {header for rules in (self.columns, *self.groups) for header, _ in rules.values() if header}
        return used | {part for part in self.key if part} | set(self.attributes.values())

    @property
    def plan(self) -> EntityPlan:
        record, fields = self.record, dict.fromkeys(name for rules in (self.columns, *self.groups) for name in rules)
        delivered: list[str] = []
        for name in fields:
            delivered += [name, f"{name}_source", f"{name}_by"] if record.type_of(name) == "reference" else [name]
        delivered += ["amount_gross"] if self._has_gross() else []
        quiet = [name for name, (header, _) in self.columns.items() if header in self.quiet]
        return EntityPlan(record.entity, bool(record.key), tuple(delivered), tuple([name for name in record.not_a_change if name in fields] + quiet))

    def _has_gross(self) -> bool:
        rule = self.columns.get("amount")
        return bool(rule and isinstance(rule[1].tax, TaxIncluded) and self.record.entity == "opportunity" and "amount_gross" not in self.columns)

    def chunk(self, block: Block) -> Chunk:
        """The records of a block, and the row identity: source = accepted + refused + blank + title."""
        rows = self._wanted(block.rows)
        counts = RowCounts(block.source, 0, len(block.ragged), block.blank, block.title + len(block.rows) - len(rows))
        parts = [self._group(rows, number, group) for number, group in enumerate(self.groups, start=1)]
        ragged_refused, ragged_problems = self._ragged(block.ragged)
        refused = pl.concat([part.refused for part in parts])
        bad_rows = refused[ROW_NUMBER].n_unique()
        counts.refused, counts.accepted = counts.refused + bad_rows, len(rows) - bad_rows
        return Chunk(
            self.record.entity,
            pl.concat([part.accepted for part in parts], how="diagonal"),
            pl.concat([refused, ragged_refused]),
            pl.concat([*[part.problems for part in parts], ragged_problems]),
            counts,
        )

    def _wanted(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows that are neither totals nor filtered out."""
        keep = pl.lit(True)
        for header, words in self.skip.items():
            keep &= ~pl.col(header).str.strip_chars().is_in(words).fill_null(False)
        for name, wanted in self.where.items():
            if name is None:
                continue
            cell = pl.col(name).str.strip_chars()
            keep &= cell.is_not_null() if wanted == "not_blank" else cell.is_in(wanted).fill_null(False)
        return rows.filter(keep)

    def _group(self, rows: pl.DataFrame, number: int, group: dict[str, tuple[str | None, ColumnRule]]) -> Chunk:
        record = self.record
        if group:
            rows = rows.filter(pl.any_horizontal([pl.col(header).is_not_null() for header, _ in group.values() if header]))
        values: dict[str, pl.Series] = {}
        raws: dict[str, pl.Series] = {header: rows[header] for header in self.quiet if header not in self.mapped}
        bad: list[pl.DataFrame] = []
        is_refused = pl.Series([False] * len(rows), dtype=pl.Boolean)
        for name, (header, rule) in {**self.columns, **group}.items():
            kind = record.type_of(name)
            raw = rows[header] if header else pl.Series([rule.constant] * len(rows), dtype=pl.String)
            parsed = parse_field(raw, name, kind, rule, self.zone)
            values |= self._landed(name, kind, rule, parsed.value)
            if name == "amount" and self._has_gross():
                values["amount_gross"] = gross(raw, rule)
            if header is None:
                continue
            changed = raw.is_not_null() & parsed.value.ne_missing(raw) & (parsed.value + " 00:00:00").ne_missing(raw)
            if bool(changed.any()):
                raws[header] = raw.set(~changed, None)
            if parsed.code.null_count() < len(rows):
                refuses = rule.on_bad == "refuse" or (rule.on_bad is None and header in self.key)
                is_refused |= parsed.code.is_not_null() if refuses else False
                bad.append(_problems(rows, self.table.sheet, header, raw, parsed.code, "refused" if refuses else "blanked"))
        attributes: dict[str, pl.Series] = {}
        for name, header in self.attributes.items():
            kind = record.attributes[name]
            parsed = parse_field(rows[header], name, kind, ColumnRule(column=header), self.zone)
            attributes[name] = f"{kind}:" + parsed.value
            changed = rows[header].is_not_null() & parsed.value.ne_missing(rows[header])
            raws[header] = rows[header].set(~changed, None)
            if parsed.code.null_count() < len(rows):
                bad.append(_problems(rows, self.table.sheet, header, rows[header], parsed.code, "blanked"))
        key, key_code = self._key(rows, values, number if group else 0)
        if key_code.null_count() < len(rows):
            is_refused |= key_code.is_not_null()
            bad.append(_problems(rows, self.table.sheet, " | ".join(filter(None, self.key)) or "|".join(map(str, record.key)), None, key_code, "refused"))
        extra = {header: rows[header] for header in self.table.headers if header not in self.mapped | self.others_mapped | self.quiet}
        height = len(rows)
        frame = pl.DataFrame({"_record_key": key, "_sheet": pl.Series([self.table.sheet] * height, dtype=pl.String), ROW_NUMBER: rows[ROW_NUMBER], **values,
                              "_attributes": json_objects(attributes, height), "_extra": json_objects(extra, height), "_raw": json_objects(raws, height)})
        problems = pl.concat(bad) if bad else pl.DataFrame(schema=PROBLEM_SCHEMA)
        return Chunk(record.entity, frame.filter(~is_refused), frame.filter(is_refused).select(list(REFUSED_SCHEMA)), self._described(problems, frame, rows), RowCounts())

    def _landed(self, name: str, kind: str, rule: ColumnRule, value: pl.Series) -> dict[str, pl.Series]:
        """The columns one field lands as: a reference is three."""
        if kind != "reference":
            return {name: value}
        told = pl.DataFrame({name: value}).select(
            pl.col(name),
            pl.when(pl.col(name).is_not_null()).then(pl.lit(rule.source or self.source)).alias(f"{name}_source"),
            pl.when(pl.col(name).is_not_null()).then(pl.lit(rule.by)).alias(f"{name}_by"),
        )
        return {column: told[column] for column in told.columns}

    def _key(self, rows: pl.DataFrame, values: dict[str, pl.Series], group: int) -> tuple[pl.Series, pl.Series]:
        record, nothing = self.record, pl.Series([None] * len(rows), dtype=pl.String)
        if record.key:
            return natural_key([rows[part] if part else nothing for part in self.key], f"|{group}" if group else "", self.may_key_be_blank)
        if record.content_key == "all":
            parts = {header: rows[header] for header in self.table.headers if header not in self.quiet}
        else:
            headers = {name: find_header(self.table.headers, name) for name in record.content_key or []}
            parts = {name: rows[header] if header else values.get(name, nothing) for name, header in headers.items()}
        return content_key(parts), nothing

    def _described(self, problems: pl.DataFrame, frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Problems with the record's key, and the whole row where it was refused."""
        if problems.is_empty():
            return problems
        refused = problems.filter(pl.col("action_code") == "refused")[ROW_NUMBER].unique()
        lost = rows.filter(pl.col(ROW_NUMBER).is_in(refused.implode()))
        texts = pl.DataFrame({ROW_NUMBER: lost[ROW_NUMBER], "raw_row": json_objects({header: lost[header] for header in self.table.headers}, len(lost))})
        told = problems.drop("_record_key", "raw_row").join(frame.select("_record_key", ROW_NUMBER), on=ROW_NUMBER, how="left", maintain_order="left")
        told = told.join(texts, on=ROW_NUMBER, how="left", maintain_order="left")
        return told.with_columns(pl.when(pl.col("action_code") == "refused").then("raw_row").alias("raw_row")).select(list(PROBLEM_SCHEMA))

    def _ragged(self, ragged: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows with too few or too many cells: refused, with the key where its cells stand."""
        if ragged.is_empty():
            return pl.DataFrame(schema=REFUSED_SCHEMA), pl.DataFrame(schema=PROBLEM_SCHEMA)
        headers = self.table.headers
        width = int(ragged["cells"].list.len().max())  # type: ignore[arg-type]
        names = [*headers, *[f"#{number}" for number in range(len(headers) + 1, width + 1)]]
        cells = {name: ragged["cells"].list.get(index, null_on_oob=True).replace("", None) for index, name in enumerate(names)}
        rows = pl.DataFrame({ROW_NUMBER: ragged[ROW_NUMBER], **cells})
        key = self._key(rows, {}, 0)[0] if self.key else pl.Series([None] * len(rows), dtype=pl.String)
        place = {"_record_key": key, "_sheet": pl.Series([self.table.sheet] * len(rows), dtype=pl.String), ROW_NUMBER: rows[ROW_NUMBER]}
        problems = pl.DataFrame(place).with_columns(
            pl.lit(RAGGED).alias("problem_code"), pl.lit("").alias("column_name"),
            (ragged["cells"].list.len().cast(pl.String) + f" / {len(headers)}").alias("raw_value"), pl.lit("refused").alias("action_code"),
            json_objects(cells, len(rows)).alias("raw_row"),
        )
        return pl.DataFrame(place), problems.select(list(PROBLEM_SCHEMA)).cast(PROBLEM_SCHEMA)  # type: ignore[arg-type]


def _problems(rows: pl.DataFrame, sheet: str, header: str, raw: pl.Series | None, code: pl.Series, action: str) -> pl.DataFrame:
    place = pl.DataFrame({ROW_NUMBER: rows[ROW_NUMBER], "problem_code": code, "raw_value": raw if raw is not None else pl.Series([None] * len(rows), dtype=pl.String)})
    found = place.filter(pl.col("problem_code").is_not_null()).with_columns(
        pl.lit(None, pl.String).alias("_record_key"), pl.lit(sheet).alias("_sheet"), pl.lit(header).alias("column_name"),
        pl.lit(action).alias("action_code"), pl.lit(None, pl.String).alias("raw_row"),
    )
    return found.select(list(PROBLEM_SCHEMA)).cast(PROBLEM_SCHEMA)  # type: ignore[arg-type]
