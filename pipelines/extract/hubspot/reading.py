"""One object of the CRM, read whole or from the last night on, and listed.

Belongs here: which ids are read, in which order, each once; archived and restored ones. Does not: calls, or values.

Order: the recycle bin first, then what is live, then the bin again. What is deleted meanwhile is in the second bin, what is restored
meanwhile in the first alone; what the first bin knew and the second does not (a night ago, too) is read as restored.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain

from pipelines.extract.connect.again import BEGINNING
from pipelines.extract.connect.connector import Batch
from pipelines.extract.hubspot.account import Account, properties_of
from pipelines.extract.hubspot.api import HubSpot, Record, parts
from pipelines.extract.hubspot.objects import MADE, OWNERS, CrmObject
from pipelines.extract.hubspot.records import (
    SHARED,
    STAGE_CHANGE_COLUMNS,
    derived_columns,
    frame,
    links_of,
    stage_changes,
    values_of,
)
from pipelines.extract.hubspot.state import ALL, State

CHUNK = 1000  # records that are put together: as many as one call of associations takes
SETTLED = timedelta(days=1)  # more than our clock may be wrong
RENAMED = 50  # stages of one search: its body may have 3,000 characters


class Reading:
    """One object of a night, read from `since` on (none: whole). `state` receives, at the end, until when its changes are known, what lies
    in the bin, what was merged."""

    def __init__(
        self, api: HubSpot, kind: CrmObject, account: Account, state: State, started_at: datetime, since: str | None, with_history: bool
    ) -> None:
        self.api, self.kind, self.account, self.state, self.started_at = api, kind, account, state, started_at
        self.history = kind.history if with_history else []
        self.labels = properties_of(api, kind.name)
        own = [*SHARED, *derived_columns(kind)]
        self.columns = [*own, *(name for name in sorted(self.labels) if name not in own)]
        self.since, self.is_known = since, kind.name in state.values  # known: read on an earlier night
        self.told: set[str] = set()
        self.until: datetime | None = None
        self.first_at, self.is_ordered, self.is_resumed = started_at, True, False

    def resume(self) -> None:
        """Another process began: `state` is what it left. What changed since then is told by the next night."""
        self.first_at, self.is_resumed = datetime.fromisoformat(self.state.began_at or self.started_at.isoformat()), True

    def batches(self) -> Iterator[Batch]:
        name, state = self.kind.name, self.state
        state.began_at = self.first_at.isoformat()
        if state.through.get(name) == ALL:
            return
        is_begun = self.since or name in state.through  # then the bin is known as it was
        before = set(state.archived.get(name, [])) if is_begun else self._bin()
        if not self.since:
            state.archived[name] = sorted(before)
        yield Batch(name, frame(self.columns, []))
        live = self._changed(self.since) if self.since else self._live(state.through.get(name, 0))
        yield from self._rows(chain.from_iterable(live), archived=False, is_sliced=not self.since)
        now = self._bin()
        yield from self._rows(sorted(before - now), archived=False)
        late = now & self.told  # read as live, deleted since: the next night tells
        yield from self._rows(sorted(now - before if self.since else now), archived=True)
        state.archived[name] = sorted(now - late)
        # Not beyond the beginning: what was read early may have changed while the rest was read. Not long before it: what an import
        # wrote in one instant would be read again every night.
        until = max(min(self.until or self.first_at, self.first_at), self.first_at - SETTLED)
        state.values[name] = max(until, _moment(state.values.get(name) or until.isoformat())).isoformat()
        if not self.since:
            state.through[name] = ALL
            yield Batch(name, frame(self.columns, []), state.stands)

    def _live(self, last: int) -> Iterator[list[str]]:
        """All, or those beyond an id: by a search, which is documented to go by it; what it does not find yet, the next night does."""
        if last:
            return self.api.found(self.kind.name, {"propertyName": "hs_object_id", "operator": "GT", "value": str(last)})
        return ([record["id"] for record in page] for page in self.api.listed(self.kind.name))

    def _bin(self) -> set[str]:
        return {record["id"] for page in self.api.listed(self.kind.name, archived=True) for record in page}

    def _changed(self, since: str) -> Iterator[list[str]]:
        """Changed since then less the overlap; deals of stages with another name now; and what belongs to another record since a merge."""
        moment = _moment(since) - timedelta(minutes=self.api.access.connection.overlap_minutes)
        milliseconds = str(int(moment.replace(tzinfo=UTC).timestamp() * 1000))
        changed = {"propertyName": self.kind.changed_property, "operator": "GTE", "value": milliseconds}
        yield from self.api.found(self.kind.name, changed)
        if self.kind.name == "deals":
            for stages in parts(self.account.renamed, RENAMED):
                yield from self.api.found("deals", {"propertyName": "dealstage", "operator": "IN", "values": stages})
        for to in self.kind.associated.values():
            survivors = sorted(self.account.survivors.get(to, ()))
            links = self.api.associated(to, self.kind.name, survivors)
            yield [str(link["toObjectId"]) for one in links.values() for link in one]

    def _rows(self, ids: Iterable[str], archived: bool, is_sliced: bool = False) -> Iterator[Batch]:
        """These records, each once in the whole extraction, whatever pages came twice."""
        for part in parts(ids, CHUNK):
            asked = dict.fromkeys(key for key in part if key not in self.told)
            found = self.api.read(self.kind.name, list(asked), list(self.labels), self.history, archived)
            # The id of a merged record is answered with the survivor, which comes under its own id.
            records = {record["id"]: record for record in found if record["id"] in asked}
            self.told |= set(records)
            yield from self._batches(list(records.values()), archived)
            if asked and is_sliced:
                yield self._slice(list(map(int, asked)))

    def _slice(self, ids: list[int]) -> Batch:
        """Listings go by id. Should one not, the object is read anew after a kill."""
        name, last = self.kind.name, self.state.through.get(self.kind.name, 0)
        self.is_ordered = self.is_ordered and ids == sorted(ids) and ids[0] > last
        self.state.through[name] = max(ids) if self.is_ordered else 0
        return Batch(name, frame(self.columns, []), self.state.stands)

    def _batches(self, records: list[Record], archived: bool) -> Iterator[Batch]:
        rows = [values_of(self.kind, record, archived, self.account, self.labels) for record in records]
        for column, to in self.kind.associated.items():
            links = self.api.associated(self.kind.name, to, [row["id"] for row in rows])
            for row in rows:
                row |= links_of(column, links.get(row["id"], []))
        for row in rows:
            self._note(row)
        yield Batch(self.kind.name, frame(self.columns, rows))
        if self.history:
            changes = chain.from_iterable(stage_changes(record, self.account) for record in records)
            yield Batch("_stage_change", frame(STAGE_CHANGE_COLUMNS, changes))

    def _note(self, row: Record) -> None:
        if changed := row.get(self.kind.changed_property):
            self.until = max(self.until or _moment(changed), _moment(changed))
            if self.is_resumed and _moment(changed) >= self.first_at - timedelta(minutes=self.api.access.connection.overlap_minutes):
                return  # who was merged into it since may have been read on his own: the next night, which reads it again, tells
        merged = {key.strip() for key in (row.get("hs_merged_object_ids") or "").split(";")} - {"", row["id"]}
        known = self.state.merged.setdefault(self.kind.name, [])
        new = sorted(merged - set(known))
        known += new
        if new and self.is_known:  # else merged before we looked: never seen on their own
            self.account.survivors.setdefault(self.kind.name, set()).add(row["id"])
            self.state.untold |= dict.fromkeys(new, row["id"]) if self.kind.name == "deals" else {}


def asked(readings: Iterable[Reading]) -> str:
    """Digest of what is read of each object."""
    return hashlib.sha256(json.dumps({one.kind.name: one.columns for one in readings}, sort_keys=True).encode()).hexdigest()[:16]


def key_of(name: str) -> str | None:
    """What is read whole every night has no key here."""
    if name == "_stage_change":
        return "_key"
    return None if name in MADE or name == OWNERS else "id"


def listed_rows(api: HubSpot, kind: CrmObject, account: Account, columns: list[str]) -> Iterator[Batch]:
    """The keys of all records, live and in the bin, with the columns by which the mapping chooses records."""
    known = {"id", "_key", "_archived", "_stage", "_pipeline"}
    if unknown := [column for column in columns if column.startswith("_") and column not in known]:
        raise api.access.refused(
            "FNL-258", f"its mapping chooses {kind.name} by {', '.join(unknown)}, which a listing of keys does not have"
        )
    made_of = ["dealstage", "pipeline"] if {"_stage", "_pipeline"} & set(columns) else []
    properties = ["hs_object_id", *made_of, *(column for column in columns if column not in known)]
    yield Batch(kind.name, frame(columns, []))
    seen: set[str] = set()
    for archived in (True, False, True):  # what moves between them meanwhile is in one of the three
        for page in api.listed(kind.name, archived, properties):
            records = {record["id"]: record for record in page if record["id"] not in seen}
            seen |= set(records)
            yield Batch(kind.name, frame(columns, [values_of(kind, record, archived, account, {}) for record in records.values()]))


def earlier(since: str | None, begin: datetime | None) -> str | None:
    """From where an object is read. None: whole."""
    if since is None or begin == BEGINNING:
        return None
    return since if begin is None else min(_moment(since), begin).isoformat()


def _moment(text: str) -> datetime:
    """Naive UTC."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
