"""What a Salesforce organization shows of itself to this user.

Belongs here: rights, counts, the day's requests and the clock, by the smallest calls. Does not: reading records (reading.py).
"""

from contextlib import suppress
from datetime import datetime

import polars as pl

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.diagnosis import Clock, Diagnosis, date_told, pages
from pipelines.extract.mapping import Mapping
from pipelines.extract.salesforce import derived, objects
from pipelines.extract.salesforce.api import Salesforce
from pipelines.extract.salesforce.connector import SIGHT
from pipelines.extract.salesforce.objects import Described
from pipelines.extract.salesforce.reading import BULK_FROM, BULK_PAGE
from pipelines.messages.catalogue import FunnelError, Message

PAGE = 2000  # what Salesforce gives at most in one answer


def diagnose_salesforce(found: Diagnosis, access: Access, mapping: Mapping, now: Clock) -> None:
    """Raises FunnelError when we are not let in."""
    server, mapped = Salesforce(access), [str(sheet.sheet) for sheet in mapping.sheets]
    server.sign_in()
    before = now()
    reply = server.call("GET", "/sobjects")
    if stated := date_told(reply.headers.get("Date")):
        found.tell_time(access, stated, before, now())
    visible = {said["name"] for said in reply.json()["sobjects"] if said.get("queryable", True)}
    found.user = _who(server) or access.connection.user
    with suppress(FunnelError, KeyError):  # the limits take a right of their own
        daily = server.get("/limits")["DailyApiRequests"]
        found.limit, found.left = int(daily["Max"]), int(daily["Remaining"])
    for name in sorted(objects.needed(mapped) - visible):
        found.see(mapping, name, None, _made(name))
        found.faults.append(access.refused("FNL-270", "it is not among the objects that this user sees", query=name).message)
    for name in (name for name in objects.wanted(mapped) if name in visible):
        _look(found, access, mapping, server, name)
    if not _sees_all(server):
        found.notes.append(Message("FNL-272", {"source": access.source, "user": found.user or "-"}))
    listed = sum(_listing(sight.records) for sight in found.objects if sight.object in mapped)
    made = 2 * ("_stage_change" in mapped) + 4 * ("_exchange_rate" in mapped)  # read again for what is made of them
    found.calls = 2 + 2 * len(found.objects) + listed + made


def _look(found: Diagnosis, access: Access, mapping: Mapping, server: Salesforce, name: str) -> None:
    try:
        thing = objects.described(name, server.get(f"/sobjects/{name}/describe"))
        path = "/queryAll" if thing.is_deletable else "/query"
        found.see(mapping, name, int(server.get(path, q=f"SELECT COUNT() FROM {name}")["totalSize"]), _made(name))
    except FunnelError as error:
        found.see(mapping, name, None, _made(name))
        found.faults.append(error.message)
        return
    found.compare(access, mapping, name, _columns(thing))


def _made(name: str) -> list[str]:
    return [made for made, sources in objects.MADE.items() if name in sources]


def _columns(thing: Described) -> list[str]:
    """The user's fields, and what is made of them: less where he does not see all that it takes."""
    none = pl.DataFrame(schema=dict.fromkeys(thing.types, pl.String()))
    return derived.with_columns(thing.name, none, datetime(2000, 1, 1), {"-": "-"}).columns


def _who(server: Salesforce) -> str | None:
    if not server.user_id:
        return None
    with suppress(FunnelError):
        rows = server.get("/query", q=f"SELECT Name, Email FROM User WHERE Id = '{server.user_id}'")["records"]
        return f"{rows[0]['Name']} <{rows[0]['Email']}>" if rows else None
    return None


def _sees_all(server: Salesforce) -> bool:
    with suppress(FunnelError):
        rows = server.get("/query", q=f"SELECT PermissionsViewAllData FROM {SIGHT}")["records"]
        return bool(rows and rows[0]["PermissionsViewAllData"])
    return False


def _listing(records: int | None) -> int:
    """Pages of keys; or a job, about five looks at it, and its results."""
    return 6 + pages(records, BULK_PAGE) if (records or 0) > BULK_FROM else max(pages(records, PAGE), 1)
