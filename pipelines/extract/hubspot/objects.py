"""Which of HubSpot's objects a mapping asks for, and what is particular about each.

Belongs here: names, the property that tells when a record changed, what it is associated with. Does not: calls, or values of records.
"""

from dataclasses import dataclass

from pipelines.extract.connect.access import Access
from pipelines.extract.mapping import Mapping

MADE = ("_stage_change", "_merged", "_stages", "_teams", "_team_memberships")  # objects that this connector makes of others
MADE_OF: dict[str, tuple[str, ...]] = {"_stage_change": ("deals",), "_merged": ("deals",)}
OWNERS = "owners"
ENGAGEMENTS = ("calls", "emails", "meetings", "notes", "tasks")
FIRST = ("companies", "contacts", "deals")
HISTORY = ["dealstage"]


@dataclass(frozen=True)
class CrmObject:
    """An object of the CRM, by the name that its path has."""

    name: str

    @property
    def changed_property(self) -> str:
        """HubSpot sets it on every write. Contacts alone have it under the older name."""
        return "lastmodifieddate" if self.name == "contacts" else "hs_lastmodifieddate"

    @property
    def associated(self) -> dict[str, str]:
        """Derived column -> object: what records of this object belong to."""
        if self.name == "deals":
            return {"_company": "companies", "_contact": "contacts"}
        if self.name in ENGAGEMENTS:
            return {"_deal": "deals", "_company": "companies", "_contact": "contacts"}
        return {"_deal": "deals"} if self.name == "line_items" else {}

    @property
    def history(self) -> list[str]:
        return HISTORY if self.name == "deals" else []


def objects_of(access: Access, mapping: Mapping) -> list[CrmObject]:
    """The objects that the mapping reads; custom objects by their type's name or id. Others are not asked for, so need no right."""
    names = list(dict.fromkeys(str(sheet.sheet) for sheet in mapping.sheets))
    unknown = [name for name in names if (name.startswith("_") and name not in MADE) or name.isdigit()]
    if unknown:
        raise access.refused("FNL-258", f"its mapping reads {', '.join(unknown)}, which is no object; made here are {', '.join(MADE)}")
    if {"_stage_change", "_merged"} & set(names) and "deals" not in names:
        raise access.refused("FNL-258", "its mapping reads what is made of deals, and not `deals`")
    return [CrmObject(name) for name in sorted(names, key=_rank) if name not in MADE and name != OWNERS]


def _rank(name: str) -> int:
    """What others belong to is read before them, so that a merge is known by then."""
    return FIRST.index(name) if name in FIRST else len(FIRST)
