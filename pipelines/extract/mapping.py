"""What a mapping file may say, as a checked model (docs/mapping.md explains every key).

Belongs here: names, types, defaults and what contradicts what. Does not: applying any of it to rows.
"""

import hashlib
import json
import re
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from pipelines.settings.company import Strict
from pipelines.settings.entities import entities
from pipelines.settings.load import read_yaml

PARSER_VERSION = 1  # raise it when the same mapping would parse the same file differently
FieldType = Literal["text", "date", "timestamp", "decimal", "integer", "boolean", "rate"]


class TaxIncluded(Strict):
    included: Decimal = Field(gt=0, lt=1)  # the rate: 0.05


class ColumnRule(Strict):
    """One canonical field: from a source column, or a constant. The type comes from the entity."""

    column: str | list[str] | None = None  # several: the first of these headers that the sheet has
    constant: str | None = None
    optional: bool = False
    on_bad: Literal["refuse", "blank"] | None = None
    formats: list[str] = Field(default_factory=list)
    zone: str = "company"  # of timestamps without an offset: UTC | company | an IANA name
    words: dict[str, str | bool] = Field(default_factory=dict)
    percent: bool = False
    multiplier: Decimal = Decimal(1)
    tax: Literal["excluded", "undeclared"] | TaxIncluded = "undeclared"
    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None  # of phones without a country code: TW
    nfkc: bool = False
    source: str | None = None  # references: whose record is meant
    by: Literal["id", "name_key"] = "id"

    @model_validator(mode="after")
    def _has_one_origin(self) -> "ColumnRule":
        if (self.column is None) == (self.constant is None):
            raise ValueError("say either `column` or `constant`")
        return self

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return value if value == "company" else _known(value, available_timezones(), "time zone")

    @property
    def headers(self) -> list[str]:
        return [self.column] if isinstance(self.column, str) else list(self.column or [])


def _short_form(value: Any) -> Any:
    return {"column": value} if isinstance(value, str | list) else value


Rule = Annotated[ColumnRule, BeforeValidator(_short_form)]
Header = str | list[str]


class Record(Strict):
    """Records of one entity made from each row of a sheet."""

    entity: str
    key: list[Header] = Field(default_factory=list)
    content_key: list[str] | Literal["all"] | None = None
    where: dict[str, list[str] | Literal["not_blank"]] = Field(default_factory=dict)
    columns: dict[str, Rule] = Field(default_factory=dict)
    attributes: dict[str, FieldType] = Field(default_factory=dict)
    not_a_change: list[str] = Field(default_factory=list)
    groups: list[dict[str, Rule]] = Field(default_factory=list)

    @field_validator("entity")
    @classmethod
    def _known_entity(cls, value: str) -> str:
        return _known(value, entities(), "entity")

    @model_validator(mode="after")
    def _known_fields(self) -> "Record":
        for field in [*self.columns, *(field for group in self.groups for field in group)]:
            _known(field, entities()[self.entity], f"field of {self.entity}")
        if bool(self.key) == (self.content_key is not None):
            raise ValueError(f"{self.entity}: say either `key` or `content_key`")
        return self

    def type_of(self, field: str) -> str:
        return entities()[self.entity][field]


class HeaderRow(Strict):
    labels: list[str] | None = None
    row: int | None = Field(default=None, ge=1)
    none: bool = False
    columns: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_way(self) -> "HeaderRow":
        if sum([bool(self.labels), self.row is not None, self.none]) != 1 or self.none != bool(self.columns):
            raise ValueError("say one of `labels: [...]`, `row: 4`, or `none: true` with `columns: [...]`")
        return self


class Sheet(Strict):
    sheet: int | str | None = 0  # number, name, or /regular expression/
    header: HeaderRow = HeaderRow(row=1)
    skip_rows_where: dict[str, list[str]] = Field(default_factory=dict)
    fill_down: list[str] = Field(default_factory=list)
    records: list[Record] = Field(min_length=1)


class Cell(Strict):
    sheet: int | str = 0
    cell: str = Field(pattern="^[A-Z]{1,3}[1-9][0-9]*$")


class DeliveredAt(Strict):
    file_name: str | None = None
    cell: Cell | None = None
    sheet_name: str | None = None
    declared: date | None = None
    arrival: bool = False
    format: str = "%Y%m%d"

    @model_validator(mode="after")
    def _one_origin(self) -> "DeliveredAt":
        if sum(map(bool, (self.file_name, self.cell, self.sheet_name, self.declared, self.arrival))) != 1:
            raise ValueError("say exactly one of file_name, cell, sheet_name, declared, arrival")
        if self.pattern and "date" not in self.words:
            raise ValueError(f"the pattern needs a group (?P<date>…): {self.pattern}")
        return self

    @property
    def pattern(self) -> str | None:
        return self.file_name or self.sheet_name

    @property
    def words(self) -> set[str]:
        """Names of the pattern's groups."""
        try:
            return set(re.compile(self.pattern or "").groupindex)
        except re.error as error:
            raise ValueError(f"the pattern is no regular expression: {error}") from None


class Mapping(Strict):
    """A mapping file. `version` is a hash of what it says (comments and order aside)."""

    model_config = ConfigDict(extra="forbid", ignored_types=(cached_property,))
    format_version: Literal[1] = Field(alias="version")
    encoding: str = "auto"
    delimiter: Literal["auto", ",", ";", "\t", "|"] = "auto"
    delivery: Literal["full", "delta", "ids"] = "full"
    scope: str = ""
    delivered_at: DeliveredAt = DeliveredAt(arrival=True)
    sheets: list[Sheet] = Field(min_length=1)

    @model_validator(mode="after")
    def _known_scope(self) -> "Mapping":
        for _, word, _, _ in Formatter().parse(self.scope):
            if word is not None and word not in self.delivered_at.words - {"date"}:
                raise ValueError(f"scope: {word!r} is no group of the pattern under delivered_at")
        return self

    @cached_property
    def version(self) -> str:
        said = json.dumps([PARSER_VERSION, self.model_dump(mode="json")], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def load_mapping(path: Path) -> Mapping:
    """Raises FunnelError FNL-103 (exit 2) naming file, line, key and the nearest valid word."""
    return read_yaml(path, Mapping)


def _known(word: str, words: Any, what: str) -> str:
    if word not in words:
        near = get_close_matches(word, list(words), 1)
        raise ValueError(f"{word!r} is no {what}" + (f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(words)[:200]}"))
    return word
