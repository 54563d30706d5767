"""An invented company in HubSpot, and everything that may happen to its records.

Belongs here: records, their history, recycle bin, merges, associations, as the vendor describes them. Does not: HTTP (server.py), or randomness.
The clock of what is written may be wrong; ids grow.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

KINDS = ("deals", "companies", "contacts", "line_items", "products", "calls", "emails", "meetings", "notes", "tasks")
CHANGED = {"contacts": "lastmodifieddate"}
PROPERTIES = {
    "deals": "amount closed_lost_reason closedate createdate custom_purpose dealname dealstage dealtype hs_merged_object_ids hs_updated_by_user_id hubspot_owner_id pipeline",
    "companies": "name domain hs_merged_object_ids hubspot_owner_id",
    "contacts": "associatedcompanyid email firstname hubspot_owner_id lastname",
    "line_items": "amount hs_product_id name price quantity",
    "products": "name price",
    "calls": "hs_call_body hs_call_direction hs_call_disposition hs_call_duration hs_call_status hs_call_title hs_created_by_user_id",
    "emails": "hs_email_direction hs_email_subject hs_email_text",
    "meetings": "hs_meeting_body hs_meeting_end_time hs_meeting_outcome hs_meeting_start_time hs_meeting_title",
    "notes": "hs_note_body",
    "tasks": "hs_task_body hs_task_status hs_task_subject",
}
ENGAGEMENT = "hs_createdate hs_timestamp hubspot_owner_id hs_created_by_user_id"
MANY = [f"a_custom_property_with_quite_a_long_name_{number}" for number in range(200)]  # more than a URL or a search's body may name
OWNERS = [
    {"id": "71", "userId": 901, "firstName": "Mei", "lastName": "Lin", "email": "mei@example.com", "archived": False,
     "teams": [{"id": "5", "name": "North", "primary": True}, {"id": "6", "name": "All", "primary": False}]},
    {"id": "72", "userId": 902, "firstName": "Bo", "lastName": "Chen", "email": "bo@example.com", "archived": False},
    {"id": "73", "userIdIncludingInactive": 903, "firstName": "Al", "lastName": "Gone", "email": "al@example.com", "archived": True},
]  # fmt: skip
OUTCOMES = {"f240bbac": "Connected", "9d9162e7": "Busy"}


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds") + "Z"


@dataclass
class Record:
    id: str
    properties: dict[str, str | None]
    changed_at: datetime  # by a clock that may be wrong
    written_at: datetime  # in truth
    stages: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    is_archived: bool = False
    links: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # object -> id -> labels


class World:
    def __init__(self, now: datetime) -> None:
        self.now, self.skew = now, timedelta()
        self.records: dict[str, dict[str, Record]] = {kind: {} for kind in KINDS}
        self.stages = {
            "s1": "Appointment scheduled",
            "s2": "Qualified to buy",
            "s3": "Presentation",
            "won": "Closed won",
            "lost": "Closed lost",
        }
        self.merged: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
        self.purged: set[tuple[str, str]] = set()
        self._last_id = 1000

    def property_names(self, kind: str) -> list[str]:
        engagement = ENGAGEMENT if kind in ("calls", "emails", "meetings", "notes", "tasks") else ""
        names = f"{PROPERTIES[kind]} {engagement} hs_object_id {CHANGED.get(kind, 'hs_lastmodifieddate')}".split()
        return [*names, *(MANY if kind == "deals" else [])]

    def live(self, kind: str) -> list[Record]:
        return [record for record in self.records[kind].values() if not record.is_archived]

    def create(self, kind: str, **said: str | None) -> str:
        self._last_id += 7
        key = str(self._last_id)
        self.records[kind][key] = Record(key, {"hs_object_id": key}, self.now, self.now)
        self.change(kind, key, **{**({"createdate": iso(self.now)} if kind == "deals" else {}), **said})
        return key

    def change(self, kind: str, key: str, **said: str | None) -> None:
        record = self.records[kind][key]
        if said.get("dealstage") and said["dealstage"] != record.properties.get("dealstage"):
            record.stages.append({"value": said["dealstage"], "timestamp": iso(self.now), "sourceType": "CRM_UI", "updatedByUserId": 902})
        record.properties |= said
        self._touch(kind, record)

    def archive(self, kind: str, key: str) -> None:
        self.records[kind][key].is_archived = True

    def restore(self, kind: str, key: str) -> None:
        """The vendor does not say that this changes the record's date, so it does not here."""
        self.records[kind][key].is_archived = False

    def purge(self, kind: str, key: str) -> None:
        """90 days after it was deleted, or by law: gone without a trace."""
        del self.records[kind][key]
        self.purged.add((kind, key))

    def link(self, kind: str, key: str, to: str, other: str, *labels: str) -> None:
        self.records[kind][key].links.setdefault(to, {})[other] = list(labels)
        self._touch(kind, self.records[kind][key])

    def merge(self, kind: str, survivor: str, loser: str, into_new: bool) -> str:
        """Two become one; in newer accounts a third, which is made of both. What belonged to them belongs to it, and is not touched."""
        gone = [loser, *([survivor] if into_new else [])]
        parts = {
            *gone,
            *(
                part
                for key in (survivor, loser)
                for part in (self.records[kind][key].properties.get("hs_merged_object_ids") or "").split(";")
            ),
        }
        first = self.records[kind][survivor]
        said = {name: value for name, value in first.properties.items() if name != "hs_object_id"} | {
            "hs_merged_object_ids": ";".join(sorted(parts - {""}))
        }
        key = self.create(kind, **said) if into_new else survivor
        self.change(kind, key, **said)
        self.records[kind][key].links = {to: {**self.records[kind][loser].links.get(to, {}), **links} for to, links in first.links.items()}
        for part in gone:
            del self.records[kind][part]
            self.merged[kind][part] = key
        for others in self.records.values():
            for links in (other.links[kind] for other in others.values() if kind in other.links):
                for part in [part for part in gone if part in links]:
                    links[key] = links.pop(part)
        return key

    def survivor(self, kind: str, key: str) -> str:
        while key in self.merged[kind]:
            key = self.merged[kind][key]
        return key

    def delete_stage(self, stage: str, instead: str) -> None:
        """HubSpot wants its deals moved first; archived ones stay where they were."""
        for record in self.live("deals"):
            if record.properties["dealstage"] == stage:
                self.change("deals", record.id, dealstage=instead)
        del self.stages[stage]

    def rename_stage(self, stage: str, name: str) -> None:
        """No deal is touched by it."""
        self.stages[stage] = name

    def _touch(self, kind: str, record: Record) -> None:
        record.changed_at, record.written_at = self.now + self.skew, self.now
        record.properties[CHANGED.get(kind, "hs_lastmodifieddate")] = iso(record.changed_at)
