"""HubSpot's records as rows of text: their properties as they come, and a few columns that only HubSpot's own rules can make.

Belongs here: those rules (docs/sources/hubspot.md lists the columns). Does not: calls, or what a column means to us (the mapping).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.extract.connect.text_of_html import text_of_html
from pipelines.extract.hubspot.account import Account
from pipelines.extract.hubspot.api import Record
from pipelines.extract.hubspot.objects import ENGAGEMENTS, CrmObject

SHARED = ["id", "_key", "_archived", "_created_by", "_updated_by"]
OWN = {
    "deals": ["_stage", "_pipeline", "_closed_at"],
    "contacts": ["_name"],
    "calls": ["_is_done", "_outcome", "_text", "_duration_minutes"],
    "meetings": ["_is_done", "_occurred_at", "_text", "_duration_minutes"],
    "emails": ["_text"],
    "notes": ["_text"],
    "tasks": ["_is_done", "_occurred_at", "_text"],
}
BODIES = dict(zip(ENGAGEMENTS, ("hs_call_body", "hs_email_text", "hs_meeting_body", "hs_note_body", "hs_task_body"), strict=True))
# Whether it took place, by the state that HubSpot keeps; where it keeps none, the date must say.
CALL_DONE = {**dict.fromkeys(("COMPLETED", "NO_ANSWER", "BUSY", "FAILED", "MISSED", "HOLD"), "true"),
             **dict.fromkeys(("QUEUED", "RINGING", "CONNECTING", "CALLING_CRM_USER", "IN_PROGRESS", "CANCELED"), "false")}  # fmt: skip
MEETING_DONE = {"COMPLETED": "true", **dict.fromkeys(("SCHEDULED", "RESCHEDULED", "NO_SHOW", "CANCELED"), "false")}
HISTORY_LIMIT = 20  # versions that HubSpot keeps of a deal's property: with so many, what came before the oldest is not known
STAGE_CHANGE_COLUMNS = ["_key", "deal", "changed_at", "from_stage", "to_stage", "from_stage_id", "to_stage_id", "changed_by", "source"]


def derived_columns(kind: CrmObject) -> list[str]:
    """Those made of what the record itself says, then those made of its associations."""
    return [*OWN.get(kind.name, []), *associated_columns(kind)]


def associated_columns(kind: CrmObject) -> list[str]:
    return [column for one in kind.associated for column in (one, f"{one}_list")]


def values_of(kind: CrmObject, record: Record, archived: bool, account: Account, labels: dict[str, dict[str, str]]) -> Record:
    """One record: properties, and what is derived from them alone."""
    said = record["properties"]
    row = {
        **said, "id": record["id"], "_key": f"{kind.name}:{record['id']}", "_archived": str(archived).lower(),
        "_created_by": account.owner_of(said.get("hs_created_by_user_id")),
        "_updated_by": account.owner_of(said.get("hs_updated_by_user_id")),
    }  # fmt: skip
    if kind.name == "deals":
        name, pipeline, is_closed = account.stages.get(said.get("dealstage") or "", [said.get("dealstage"), said.get("pipeline"), "false"])
        row |= {"_stage": name, "_pipeline": pipeline, "_closed_at": said.get("closedate") if is_closed == "true" else None}
    if kind.name in BODIES:
        row["_text"] = plain(said.get(BODIES[kind.name]))
    if kind.name == "calls":
        outcome = said.get("hs_call_disposition")
        row["_is_done"] = CALL_DONE.get(said.get("hs_call_status") or "")
        row["_outcome"] = labels.get("hs_call_disposition", {}).get(outcome or "", outcome)
        row["_duration_minutes"] = _minutes(said.get("hs_call_duration"))
    if kind.name == "contacts":
        row["_name"] = " ".join(part for part in (said.get("firstname"), said.get("lastname")) if part) or said.get("email")
    if kind.name == "tasks":
        row["_is_done"] = str(said.get("hs_task_status") == "COMPLETED").lower()
        when = said.get("hs_task_completion_date") or said.get("hs_timestamp")
        row["_occurred_at"] = when if row["_is_done"] == "true" else None
    if kind.name == "meetings":
        row["_is_done"] = MEETING_DONE.get(said.get("hs_meeting_outcome") or "")
        row["_occurred_at"] = said.get("hs_meeting_start_time") if row["_is_done"] != "false" else None
        row["_duration_minutes"] = _between(said.get("hs_meeting_start_time"), said.get("hs_meeting_end_time"))
    return row


def links_of(column: str, links: list[Record]) -> Record:
    """The one record that is meant, where HubSpot says so (its own label `Primary`), else the first made; and all, with their labels."""
    ordered = sorted({str(link["toObjectId"]): link for link in links}.items(), key=lambda item: int(item[0]))
    primary = [key for key, link in ordered if any(kind.get("label") == "Primary" for kind in link["associationTypes"])]
    every = [
        {"id": key, "labels": sorted({kind["label"] for kind in link["associationTypes"] if kind.get("label")})} for key, link in ordered
    ]
    keys = primary or [key for key, _ in ordered]
    return {column: keys[0] if keys else None, f"{column}_list": json.dumps(every, ensure_ascii=False) if every else None}


def stage_changes(record: Record, account: Account) -> list[Record]:
    """The versions of a deal's stage, oldest first, each with the one before it. Stages deleted since have the last name seen."""
    said = sorted(record.get("propertiesWithHistory", {}).get("dealstage", [])[::-1], key=lambda version: version["timestamp"])
    rows: list[Record] = []
    before: str | None = None
    for number, version in enumerate(said):
        stage = version.get("value")
        if stage and stage != before and (number or len(said) < HISTORY_LIMIT):
            names = [account.stages.get(key, [key])[0] if key else None for key in (before, stage)]
            rows.append({
                "_key": f"{record['id']}:{version['timestamp']}:{stage}", "deal": record["id"], "changed_at": version["timestamp"],
                "from_stage": names[0], "to_stage": names[1], "from_stage_id": before, "to_stage_id": stage,
                "changed_by": account.owner_of(version.get("updatedByUserId")), "source": version.get("sourceType"),
            })  # fmt: skip
        before = stage or before
    return list({row["_key"]: row for row in rows}.values())


def frame(columns: Sequence[str], rows: Iterable[Record]) -> pl.DataFrame:
    """These columns, all text, NULL where a record has nothing."""
    kept = list(rows)
    return pl.DataFrame([_column(name, [row.get(name) for row in kept]) for name in columns])


def _column(name: str, values: list[Any]) -> pl.Series:
    """Nearly all that HubSpot says is text already: value by value through `_text` took twice as long."""
    try:
        return pl.Series(name, values, dtype=pl.String)
    except TypeError:
        return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def plain(body: str | None) -> str | None:
    """A body without its HTML."""
    return text_of_html(body) if body else None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)  # true, false, numbers; lists and objects as JSON


def _minutes(milliseconds: str | None) -> str | None:
    try:
        return format((Decimal(milliseconds) / 60_000).quantize(Decimal("0.01")), "f") if milliseconds else None
    except ArithmeticError:
        return milliseconds  # the mapping says what becomes of it


def _between(start: str | None, end: str | None) -> str | None:
    if not start or not end:
        return None
    return _minutes(str(int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() * 1000)))
