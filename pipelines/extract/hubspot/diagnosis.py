"""What a HubSpot account shows of itself to this token.

Belongs here: scopes, counts, the day's calls and the clock, by the smallest calls. Does not: reading records (reading.py).
"""

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.diagnosis import Clock, Diagnosis, date_told, pages
from pipelines.extract.hubspot.account import OWNER_COLUMNS, Account, properties_of
from pipelines.extract.hubspot.api import LIST_PAGE, HubSpot
from pipelines.extract.hubspot.objects import OWNERS, CrmObject, objects_of
from pipelines.extract.hubspot.records import SHARED, derived_columns
from pipelines.extract.mapping import Mapping
from pipelines.messages.catalogue import FunnelError

WHO = "/account-info/v3/details"
EVERY = {"propertyName": "hs_object_id", "operator": "GT", "value": "0"}


def diagnose_hubspot(found: Diagnosis, access: Access, mapping: Mapping, now: Clock) -> None:
    """Raises FunnelError when we are not let in."""
    if not access.password:
        raise access.refused("FNL-258", "`connection: password_env` names no variable; it holds the private app's token")
    kinds, api = objects_of(access, mapping), HubSpot(access)
    _who(found, access, api, now)
    with found.told():
        account = Account.read(api, {})
        found.see(mapping, OWNERS, len(account.owners), ("_teams", "_team_memberships"))
        found.see(mapping, "_stages", len(account.stage_rows))
        found.compare(access, mapping, OWNERS, OWNER_COLUMNS)
    for kind in kinds:
        try:
            seen = [*properties_of(api, kind.name), *SHARED, *derived_columns(kind)]
            found.see(mapping, kind.name, _count(api, kind), _made(kind))
        except FunnelError as error:
            found.see(mapping, kind.name, None, _made(kind))
            found.faults.append(error.message)
            continue
        found.compare(access, mapping, kind.name, seen)
    # Owners twice and pipelines; of each object its properties, a search, the bin; then all keys, with the bin twice.
    found.calls = 3 + sum(6 + pages(sight.records, LIST_PAGE) for sight in found.objects if sight.object not in (OWNERS, "_stages"))


def _made(kind: CrmObject) -> tuple[str, ...]:
    return ("_stage_change", "_merged") if kind.name == "deals" else ()


def _who(found: Diagnosis, access: Access, api: HubSpot, now: Clock) -> None:
    before = now()
    reply = api.send("GET", api.base + WHO)
    try:
        found.user = f"HubSpot {reply.json()['portalId']}"
    except (ValueError, KeyError, TypeError):
        raise access.refused("FNL-255", f"{reply.status_code}: no account of HubSpot: {reply.text[:80]}") from None
    if stated := date_told(reply.headers.get("Date")):
        found.tell_time(access, stated, before, now())
    found.limit, found.left = (
        int(reply.headers[name]) if reply.headers.get(name, "").isdigit() else None
        for name in ("X-HubSpot-RateLimit-Daily", "X-HubSpot-RateLimit-Daily-Remaining")
    )


def _count(api: HubSpot, kind: CrmObject) -> int:
    asked = {"filterGroups": [{"filters": [EVERY]}], "properties": ["hs_object_id"], "sorts": ["hs_object_id"], "limit": 1, "after": "0"}
    return int(api.post(f"/crm/v3/objects/{kind.name}/search", asked)["total"])
