"""Which objects are read, what says that a record changed, and what describe tells of their fields.

Belongs here: names and rules of Salesforce's own objects. Does not: asking, or what a field means to us (the mapping).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

STAMP, CREATED = "SystemModstamp", "CreatedDate"
CHANGING = ("Opportunity", "OpportunityLineItem", "OpportunityContactRole", "Account", "Contact", "User", "Product2", "Task", "Event")
HISTORIES = ("OpportunityHistory", "OpportunityFieldHistory")  # rows there never change, so their creation is cursor enough
SMALL = ("Organization", "OpportunityStage", "RecordType", "CurrencyType", "DatedConversionRate")  # read whole
# An organization has these only where a feature is switched on; without it a mapped one is empty.
SWITCHED = {
    "RecordType": ("Id", "DeveloperName", "SobjectType", "IsActive"),
    "CurrencyType": ("Id", "IsoCode", "ConversionRate", "IsActive", "IsCorporate"),
    "DatedConversionRate": ("Id", "IsoCode", "StartDate", "NextStartDate", "ConversionRate"),
}
# What we make of what was read (derived.py), and of which objects.
MADE = {"_stage_change": ("OpportunityHistory",), "_exchange_rate": ("DatedConversionRate", "CurrencyType")}
COMPOUND = ("address", "location", "base64", "complexvalue")  # their parts are fields of their own; files are not read


@dataclass(frozen=True)
class Described:
    """An object as this user sees it: fields that he may not see are absent, and so are absent here."""

    name: str
    types: dict[str, str]  # field -> type

    @property
    def cursor(self) -> str | None:
        if self.name in SMALL:
            return None
        return STAMP if STAMP in self.types and self.name not in HISTORIES else CREATED if self.name in HISTORIES else None

    @property
    def is_deletable(self) -> bool:
        return "IsDeleted" in self.types


def described(name: str, said: dict[str, Any]) -> Described:
    fields = {field["name"]: field["type"] for field in said["fields"] if field["type"] not in COMPOUND}
    return Described(name, fields)


def wanted(mapped: Iterable[str]) -> list[str]:
    """Every object to read, in order: a deal before its lines, so that none comes without them."""
    names = [*CHANGING, *HISTORIES, *SMALL]
    return list(dict.fromkeys([*names, *(name for name in mapped if not name.startswith("_"))]))


def needed(mapped: Iterable[str]) -> set[str]:
    """Those without which the mapping cannot be filled."""
    names = set(mapped)
    sources = {source for name in names for source in MADE.get(name, ())}
    return {name for name in names | sources if not name.startswith("_")} - set(SWITCHED)
