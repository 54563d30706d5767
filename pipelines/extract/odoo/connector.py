"""Odoo as a connector: everything at first, then each lead of which anything changed with its whole thread, and the keys of all.

Belongs here: the order, the cursor, and what the user must be allowed. Does not: pages (reading.py), listing (keys.py), rules (derived.py).
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.again import BEGINNING, NOTHING, Again
from pipelines.extract.connect.connector import Batch, Extraction, Slices
from pipelines.extract.connect.listing import listing_is_due, mentioned_columns
from pipelines.extract.mapping import Mapping
from pipelines.extract.odoo.columns import Types
from pipelines.extract.odoo.derived import Known, id_of
from pipelines.extract.odoo.keys import keys
from pipelines.extract.odoo.models import CHANGED, LEAD, OF_A_LEAD, OPTIONAL, STAGE_CHANGE, TRACKING, WHOLE, leads_changed
from pipelines.extract.odoo.reading import Reading, fields_of
from pipelines.extract.odoo.rpc import NotThere, Rpc

ALL_LEADS = "sales_team.group_sale_salesman_all_leads"
READ_WHOLE = {model.name for model in WHOLE}
NO_HISTORY = "No stage history comes from it: moves are seen from night to night alone."


class OdooConnector:
    """Cursor: {"since": all that Odoo wrote before is read, "listed_at", "signature": of what was asked, "currencies": of companies}."""

    def __init__(self, access: Access, mapping: Mapping) -> None:
        self.access, self.mapping = access, mapping
        self.without = set(access.connection.without)
        if self.without - OPTIONAL:
            raise access.refused("FNL-258", f"without: {', '.join(sorted(self.without - OPTIONAL))}: only {', '.join(sorted(OPTIONAL))}")

    def extractions(self, cursor: str | None, started_at: datetime, again: Again = NOTHING) -> Iterator[Extraction]:
        rpc, state = Rpc(self.access), json.loads(cursor) if cursor else {}
        rpc.sign_in()
        if not rpc.has_group(ALL_LEADS):
            raise self.access.refused("FNL-265", f"the user is not in {ALL_LEADS}, and a record rule shows others their own leads")
        fields = self._fields(rpc)
        known = Known(stage_field=self._stage_field(rpc) if TRACKING in fields else 0)
        signature = self._signature(fields)
        is_full = (
            again.is_whole or state.get("signature") != signature
        )  # the first night; and when there are fields that records read before have not told
        is_due = not is_full and listing_is_due(self.access.connection, state.get("listed_at"), started_at)
        since = None if is_full else state["since"]
        says = {
            "since": self._written_by(rpc, fields, started_at) or since,
            "listed_at": started_at.isoformat() if is_full or is_due else state["listed_at"],
            "signature": signature,
        }

        currencies: list[dict[int, str]] = []

        def said() -> str:
            first = currencies[0] if currencies else known.currencies
            return json.dumps({**says, "currencies": {str(key): code for key, code in first.items()}}, sort_keys=True)

        reading = Reading(rpc, fields, known, lambda: json.dumps({"said": said(), "through": reading.through}, sort_keys=True))

        def resume(stands: str) -> None:
            """The cursor stays that of the first start, and so do the currencies by which leads were read then."""
            told = json.loads(stands)
            before = json.loads(told["said"])
            reading.through, first = told["through"], {int(key): code for key, code in before.pop("currencies").items()}
            says.update(before)
            currencies.append(first)

        changed = self._changed(reading, since, {} if is_full else state["currencies"], again)
        slices = Slices(signature, resume, lambda name: None if name in READ_WHOLE else "key" if name == STAGE_CHANGE else "id")
        yield Extraction("odoo", "full" if is_full else "delta", started_at, changed, said, self._notes(), slices if is_full else None)
        if is_due:
            yield Extraction("odoo", "ids", started_at + timedelta(microseconds=1), keys(reading, self.mapping), said)

    def _changed(self, reading: Reading, since: str | None, currencies: dict[str, str], again: Again) -> Iterator[Batch]:
        yield from reading.none_of([*reading.fields, STAGE_CHANGE])
        for name in self.without - {TRACKING}:  # what the mapping reads of it is there, and empty
            yield Batch(name, pl.DataFrame(schema=dict.fromkeys(mentioned_columns(self.mapping, name) or ["id"], pl.String)))
        for model in WHOLE:
            yield from reading.whole(model)
        now = reading.known.currencies
        companies = [key for key in now if currencies and currencies.get(str(key)) != now[key]]
        for model in (model for model in CHANGED if model.name in reading.fields):
            back, domain = self._begin(since, again.begin(model.name)), []
            if back:
                domain = leads_changed(back, companies, reading.fields) if model.name == LEAD else self._own(model.name, back)
            yield from reading.changed(model, domain)

    def _own(self, model: str, since: str) -> list:
        """A partner's customer changes with his parent's."""
        own = ("write_date", ">=", since)
        return ["|", own, ("parent_id.write_date", ">=", since)] if model == "res.partner" else [own]

    def _begin(self, since: str | None, again: datetime | None) -> str:
        """Earlier than the cursor: a transaction has the time it began, and is seen when it ends. Blank: from the beginning."""
        if since is None or again == BEGINNING:
            return ""
        moment = min(datetime.fromisoformat(since), again or datetime.max) - timedelta(minutes=self.access.connection.overlap_minutes)
        return moment.isoformat(sep=" ", timespec="seconds")

    def _written_by(self, rpc: Rpc, fields: dict[str, Types], started_at: datetime) -> str | None:
        """When Odoo last wrote before this reading, by its own clock; never later than ours: a future time would hide changes."""
        newest = [
            row["write_date"]
            for model in CHANGED
            if model.name in fields
            for row in rpc.search_read(model.name, list(model.domain), ["write_date"], "write_date desc, id desc", 1)
            if row["write_date"]
        ]
        return min(max(newest), started_at.isoformat(sep=" ", timespec="seconds")) if newest else None

    def _fields(self, rpc: Rpc) -> dict[str, Types]:
        found: dict[str, Types] = {}
        for model in (*WHOLE, *CHANGED, *OF_A_LEAD):
            if model.name in self.without:
                continue
            try:
                types = fields_of(rpc, model)
            except NotThere:
                if model.name in OPTIONAL:
                    continue
                raise self.access.refused("FNL-258", f"this Odoo has no {model.name}: its CRM is not installed") from None
            if not model.needs or model.needs in types:
                found[model.name] = types
        return found

    def _stage_field(self, rpc: Rpc) -> int:
        domain = [("model", "=", LEAD), ("name", "=", "stage_id")]
        return id_of(rpc.search_read("ir.model.fields", domain, ["name"], "id", 1)[0]["id"])

    def _signature(self, fields: dict[str, Types]) -> str:
        asked = [sorted(self.without), self.access.connection.language, {name: sorted(types.items()) for name, types in fields.items()}]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]

    def _notes(self) -> list[dict]:
        if not self.without:
            return []
        cost = NO_HISTORY if TRACKING in self.without else ""
        return [
            {
                "code": "FNL-266",
                "source": self.access.source,
                "place": self.access.place(),
                "objects": ", ".join(sorted(self.without)),
                "cost": cost,
            }
        ]
