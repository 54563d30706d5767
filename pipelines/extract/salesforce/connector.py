"""Salesforce as a connector: everything the user may see at first, then what changed, and the keys of all records.

Belongs here: what is asked for on which night, the cursor, and whether rights suffice. Does not: asking (reading.py), or meaning.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import polars as pl

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.again import BEGINNING, NOTHING, Again
from pipelines.extract.connect.connector import Batch, Extraction, Slices
from pipelines.extract.connect.cursor import latest
from pipelines.extract.connect.listing import is_due, listed_columns, listing_is_due
from pipelines.extract.mapping import Mapping
from pipelines.extract.salesforce import derived, objects
from pipelines.extract.salesforce.api import Salesforce
from pipelines.extract.salesforce.objects import Described
from pipelines.extract.salesforce.reading import Reader
from pipelines.messages.catalogue import FunnelError

READ_WHOLE = ("_exchange_rate",)
SIGHT = "UserPermissionAccess"  # what the signed-in user may do
DEALS_A_QUERY = 200  # ids of 18 characters, so that the query fits a URL


@dataclass
class State:
    """What a reading hands to the next: the greatest value of each object's cursor, and when was read, listed, and read whole."""

    values: dict[str, str] = field(default_factory=dict)
    read_at: str | None = None
    listed_at: str | None = None
    whole_at: str | None = None

    def said(self) -> str:
        return json.dumps(vars(self), sort_keys=True)


class SalesforceConnector:
    def __init__(self, access: Access, mapping: Mapping) -> None:
        self.access, self.mapping = access, mapping
        self.mapped = [str(sheet.sheet) for sheet in mapping.sheets]

    def extractions(self, cursor: str | None, started_at: datetime, again: Again = NOTHING) -> Iterator[Extraction]:
        before = State(**json.loads(cursor)) if cursor else State()
        every = self.access.connection.whole_every_days
        is_full = again.is_whole or before.read_at is None or (every is not None and is_due(before.whole_at, started_at, every))
        is_listed = not is_full and listing_is_due(self.access.connection, before.listed_at, started_at)
        server = Salesforce(self.access)
        things = self._things(server)
        now = started_at.isoformat()
        after = State(dict(before.values), now, now if is_full or is_listed else before.listed_at, now if is_full else before.whole_at)
        night = Night(server, self.access, things, State() if is_full else _moved(before, again), after, started_at)
        notes = night.limits() if is_full else []
        changed = night.changed(self.mapped)
        slices = Slices(night.asked(), night.resume, lambda name: None if name in objects.SMALL or name in READ_WHOLE else "Id")
        yield Extraction("salesforce", "full" if is_full else "delta", started_at, changed, after.said, notes, slices if is_full else None)
        if is_listed:
            listing = night.keys({name: listed_columns(self.mapping, name) for name in self.mapped})
            yield Extraction("salesforce", "ids", started_at + timedelta(microseconds=1), listing, after.said)

    def _things(self, server: Salesforce) -> dict[str, Described]:
        """What is read. An object that the mapping needs and the user may not see stops this source."""
        visible = {said["name"] for said in server.get("/sobjects")["sobjects"] if said.get("queryable", True)}
        for name in sorted(objects.needed(self.mapped) - visible):
            raise self.access.refused("FNL-270", "it is not among the objects that this user sees", query=name)
        names = [name for name in objects.wanted(self.mapped) if name in visible]
        return {name: objects.described(name, server.get(f"/sobjects/{name}/describe")) for name in names}


@dataclass
class Night:
    """One reading: `before` is where it begins (empty: from the start), `after` receives where the next one does."""

    server: Salesforce
    access: Access
    things: dict[str, Described]
    before: State
    after: State
    started_at: datetime

    def __post_init__(self) -> None:
        self.reader = Reader(self.server)
        self.record_types: dict[str, str] = {}
        self.done: list[str] = []  # objects that were read to their end; a job's results cannot be gone on with, so a slice is an object
        self.first_at = self.started_at  # of the process that began

    def asked(self) -> str:
        types = {name: sorted(thing.types.items()) for name, thing in self.things.items()}
        return hashlib.sha256(json.dumps(types, sort_keys=True).encode()).hexdigest()[:16]

    def stands(self) -> str:
        return json.dumps({"done": self.done, "first_at": self.first_at.isoformat(), "after": self.after.said()}, sort_keys=True)

    def resume(self, stands: str) -> None:
        said = json.loads(stands)
        self.done, self.first_at = said["done"], datetime.fromisoformat(said["first_at"])
        vars(self.after).update(json.loads(said["after"]))

    def limits(self) -> list[dict]:
        """What sharing hides comes with status 200, so it is asked whether anything can be hidden."""
        try:
            rows = self.server.get("/query", q=f"SELECT PermissionsViewAllData FROM {SIGHT}")["records"]
        except FunnelError:
            rows = []
        if rows and rows[0]["PermissionsViewAllData"]:
            return []
        return [{"code": "FNL-272", "source": self.access.source, "user": self.access.connection.user or "-"}]

    def changed(self, mapped: list[str]) -> Iterator[Batch]:
        if thing := self.things.get("RecordType"):
            types = pl.concat(self.reader.read(thing, ["Id", "DeveloperName"]))
            self.record_types = dict(types.rows())
        for name, thing in self.things.items():
            if name not in self.done:
                yield from self._of(name, thing)
        for name in (name for name in mapped if name in objects.SWITCHED and name not in self.things):
            yield Batch(name, pl.DataFrame(schema=dict.fromkeys(objects.SWITCHED[name], pl.String())))
        if "_exchange_rate" in mapped:
            yield Batch("_exchange_rate", self._rates())

    def _of(self, name: str, thing: Described) -> Iterator[Batch]:
        """One object, with what is made of it."""
        found, touched = self.after.values.get(name), set[str]()
        for rows in self.reader.read(thing, list(thing.types), *self._since(thing)):
            if thing.cursor:
                found = latest([found, *rows[thing.cursor].unique().to_list()])
            if name == "OpportunityHistory":
                touched.update(rows["OpportunityId"].drop_nulls().unique().to_list())
            yield Batch(name, derived.with_columns(name, rows, self.started_at, self.record_types))
        if found is not None:  # not beyond the beginning: what was read early may have changed while the rest was read
            self.after.values[name] = max(min(found, derived.instant(self.first_at)), self.after.values.get(name, ""))
        if name == "OpportunityHistory":
            yield Batch("_stage_change", derived.stage_changes(self._history(thing, touched if self._since(thing) else None)))
        if name not in objects.SMALL:
            self.done.append(name)
            yield Batch(name, derived.with_columns(name, rows.clear(), self.started_at, self.record_types), self.stands)

    def keys(self, listed: dict[str, list[str]]) -> Iterator[Batch]:
        for name, columns in listed.items():
            thing = self.things.get(name)
            if name == "_stage_change":
                yield Batch(name, derived.stage_changes(self._history(self.things["OpportunityHistory"], None)))
            elif name == "_exchange_rate":
                yield Batch(name, self._rates())
            elif thing is None:
                yield Batch(name, pl.DataFrame(schema=dict.fromkeys(columns, pl.String())))
            else:
                made = any(column.startswith("_") for column in columns)
                fields = list(thing.types) if made else list(dict.fromkeys(["Id", *(c for c in columns if c in thing.types)]))
                for rows in self.reader.read(thing, fields):
                    yield Batch(name, derived.with_columns(name, rows, self.started_at, self.record_types))

    def _since(self, thing: Described) -> list[str]:
        value = self.before.values.get(thing.name)
        if thing.cursor is None or value is None:
            return []
        overlap = timedelta(minutes=self.access.connection.overlap_minutes)
        changed = f"{thing.cursor} >= {derived.instant(_moment(value) - overlap)}"
        if thing.name == "Event" and self.before.read_at and "EndDateTime" in thing.types:
            # What ended since the last reading has now happened, though nobody changed it.
            ended = derived.instant(_moment(self.before.read_at) - overlap)
            return [f"({changed} OR (EndDateTime >= {ended} AND EndDateTime <= {derived.instant(self.started_at)}))"]
        return [changed]

    def _history(self, thing: Described, deals: set[str] | None) -> pl.DataFrame:
        """The stage history of these deals, whole, since a move is told by the row before it; None: of all."""
        if deals is None:
            return pl.concat(self.reader.read(thing, derived.CHANGES))
        some = [f"OpportunityId IN ({_quoted(names)})" for names in _portions(sorted(deals))]
        frames = [frame for condition in some for frame in self.reader.read(thing, derived.CHANGES, condition)]
        return pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys(derived.CHANGES, pl.String()))

    def _rates(self) -> pl.DataFrame:
        if not {"DatedConversionRate", "CurrencyType"} <= self.things.keys():
            return pl.DataFrame(schema=dict.fromkeys(derived.RATE_COLUMNS, pl.String()))
        dated, types = (
            pl.concat(self.reader.read(self.things[name], objects.SWITCHED[name])) for name in ("DatedConversionRate", "CurrencyType")
        )
        return derived.exchange_rates(dated, types)


def _moved(before: State, again: Again) -> State:
    """The values from which is read, where something is read again."""
    values = {}
    for name, value in before.values.items():
        begin = again.begin(name)
        if begin != BEGINNING:
            values[name] = min(value, derived.instant(begin)) if begin else value
    return replace(before, values=values)


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=None)


def _portions(names: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(names), DEALS_A_QUERY):
        yield names[first : first + DEALS_A_QUERY]


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
