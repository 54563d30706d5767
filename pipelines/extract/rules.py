"""What a mapping says of one record and its columns, as a checked model.

Belongs here: names, types, defaults and what contradicts what. Does not: sheets and dates (mapping.py), or applying rules to rows.
"""

from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, field_validator, model_validator

from pipelines.settings.entities import entities
from pipelines.settings.strict import Strict

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
        return value if value == "company" else known_word(value, available_timezones(), "time zone")

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
        return known_word(value, entities(), "entity")

    @model_validator(mode="after")
    def _known_fields(self) -> "Record":
        for field in [*self.columns, *(field for group in self.groups for field in group)]:
            known_word(field, entities()[self.entity], f"field of {self.entity}")
        for rule in [rules["continues"] for rules in (self.columns, *self.groups) if "continues" in rules]:
            if rule.source is None or rule.by != "id":
                raise ValueError("`continues` names a deal of another source by its number: say `source: THAT_SOURCE` and `by: id`")
        if bool(self.key) == (self.content_key is not None):
            raise ValueError(f"{self.entity}: say either `key` or `content_key`")
        return self

    @property
    def has_plain_key(self) -> bool:
        """The key columns alone name it: no hash of the content, no group's number, no choice of headers."""
        return bool(self.key) and not self.groups and all(isinstance(part, str) for part in self.key)

    def type_of(self, field: str) -> str:
        return entities()[self.entity][field]


def known_word(word: str, words: Any, what: str) -> str:
    if word not in words:
        near = get_close_matches(word, list(words), 1)
        raise ValueError(f"{word!r} is no {what}" + (f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(words)[:200]}"))
    return word
