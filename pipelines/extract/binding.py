"""A record of the mapping bound to the headers that one sheet really has.

Belongs here: which header feeds which field, what is missing, and the plan that follows. Does not: reading rows (records.py).
"""

from dataclasses import dataclass, field

from pipelines.extract.delivery import EntityPlan
from pipelines.extract.mapping import Sheet
from pipelines.extract.rules import ColumnRule, Record, TaxIncluded
from pipelines.extract.table import same_header

Rules = dict[str, tuple[str | None, ColumnRule]]  # field -> (header, or None for a constant; its rule)


def find_header(headers: list[str], wanted: str | list[str]) -> str | None:
    """The sheet's own spelling of the first wanted header that it has."""
    for name in [wanted] if isinstance(wanted, str) else wanted:
        found = name if name in headers else next((header for header in headers if same_header(header, name)), None)
        if found is not None:
            return found
    return None


@dataclass
class Binding:
    """Headers found for each part of a record. `missing`: what the mapping names, not as optional, and the sheet lacks."""

    record: Record
    sheet: Sheet
    headers: list[str]
    missing: list[str] = field(init=False, default_factory=list)
    others_mapped: frozenset[str] = frozenset()  # headers that the sheet's other records use: not extra

    def __post_init__(self) -> None:
        record = self.record
        self.key = [self._bound(part) for part in record.key]
        self.columns = self._bound_rules(record.columns)
        self.groups: list[Rules] = [self._bound_rules(group) for group in record.groups]
        self.attributes = {name: found for name in record.attributes if (found := self._bound(name))}
        self.where = {found: words for name, words in record.where.items() if (found := self._bound(name))}
        self.skip = {found: words for name, words in self.sheet.skip_rows_where.items() if (found := self._bound(name))}
        self.quiet = {found for name in record.not_a_change if (found := find_header(self.headers, name))}

    def _bound(self, wanted: str | list[str], optional: bool = False) -> str | None:
        found = find_header(self.headers, wanted)
        if found is None and not optional:
            name = wanted if isinstance(wanted, str) else " / ".join(wanted)
            self.missing += [name] if name not in self.missing else []
        return found

    def _bound_rules(self, rules: dict[str, ColumnRule]) -> Rules:
        found: Rules = {}
        for name, rule in rules.items():
            header = None if rule.constant is not None else self._bound(rule.headers, rule.optional)
            if header is not None or rule.constant is not None:
                found[name] = (header, rule)
        return found

    @property
    def mapped(self) -> set[str]:
        """Headers whose cells some field, key or attribute of this record takes."""
        used = {header for rules in (self.columns, *self.groups) for header, _ in rules.values() if header}
        return used | {part for part in self.key if part} | set(self.attributes.values())

    @property
    def extra(self) -> list[str]:
        """Headers nobody mapped; columns that are no change are kept beside the record instead, or the hash would change with them."""
        return [header for header in self.headers if header not in self.mapped | self.others_mapped | self.quiet]

    @property
    def has_gross(self) -> bool:
        """An opportunity's amount that includes tax lands twice: net, and as written."""
        rule = self.columns.get("amount")
        return bool(
            rule and isinstance(rule[1].tax, TaxIncluded) and self.record.entity == "opportunity" and "amount_gross" not in self.columns
        )

    @property
    def plan(self) -> EntityPlan:
        fields = list(dict.fromkeys(name for rules in (self.columns, *self.groups) for name in rules))
        delivered = [column for name in fields for column in landed_names(name, self.record.type_of(name))]
        quiet = [name for name, (header, _) in self.columns.items() if header in self.quiet]
        quiet += [name for name in self.record.not_a_change if name in fields]
        gross = ["amount_gross"] if self.has_gross else []
        return EntityPlan(self.record.entity, bool(self.record.key), (*delivered, *gross), tuple(dict.fromkeys(quiet)))


def landed_names(name: str, kind: str) -> list[str]:
    """The columns one field lands as: a reference is three."""
    return [name, f"{name}_source", f"{name}_by"] if kind == "reference" else [name]
