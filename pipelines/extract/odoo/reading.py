"""Reading models page by page into batches: by key, so that what changes meanwhile moves no page, and nothing comes twice.

Belongs here: fields, pages, threads. Does not: what is read when (connector.py), or rules (derived.py, history.py).
"""

from collections.abc import Callable, Iterator

import polars as pl

from pipelines.extract.connect.connector import Batch
from pipelines.extract.odoo.columns import Types, columns_of, text_series, types_of
from pipelines.extract.odoo.derived import DERIVED, Derived, Known, id_of
from pipelines.extract.odoo.history import TYPES as STAGE_CHANGE_TYPES
from pipelines.extract.odoo.history import History
from pipelines.extract.odoo.models import ACTIVITY, LEAD, MESSAGE, STAGE_CHANGE, TRACKING, Model
from pipelines.extract.odoo.rpc import Rpc

SPOKEN = ("message_type", "!=", "user_notification")  # what Odoo tells one user ("assigned to you") belongs to no thread

LAST = -1

FILTERED = {MESSAGE, ACTIVITY}  # Odoo drops what the user may not see after it has counted the page: a short page is not the last one


class Seen:
    """Ids of records, a bit each: a thread of a million messages is known in 125 kB."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def is_new(self, number: int) -> bool:
        place, bit = number >> 3, 1 << (number & 7)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1024 - len(self._bits)))
        is_new = not self._bits[place] & bit
        self._bits[place] |= bit
        return is_new


class Reading:
    """One extraction. `fields` holds the types of each model that is read; `through` up to which id each was, with all that comes with it
    (LAST: to its end), `stands` the text of that."""

    def __init__(self, rpc: Rpc, fields: dict[str, Types], known: Known, stands: Callable[[], str] = lambda: "") -> None:
        self.rpc, self.fields, self.known, self.stands = rpc, fields, known, stands
        self.through: dict[str, int] = {}
        self.page_size = rpc.access.connection.page_size
        self._seen = {MESSAGE: Seen(), ACTIVITY: Seen()}  # a merge moves them to a lead that is still to come

    def pages(self, model: Model, domain: list, names: list[str] | None = None, size: int = 0, last: int = 0) -> Iterator[list[dict]]:
        """All records beyond an id, by id."""
        size = size or self.page_size
        language = self.rpc.access.connection.language if model.is_translated else None
        while True:
            rows = self.rpc.search_read(
                model.name, [*domain, ("id", ">", last)], names or list(self.fields[model.name]), "id", size, language
            )
            if rows:
                yield rows
                last = rows[-1]["id"]
            if len(rows) < (1 if model.name in FILTERED else size):
                return

    def frame(self, model: str, rows: list[dict], wanted: list[str] | None = None) -> pl.DataFrame:
        types = self.fields[model]
        if wanted is not None:
            types = {name: kind for name, kind in types.items() if name in wanted or f"{name}.name" in wanted}
        columns = columns_of(rows, types)
        for name, rule in DERIVED.get(model, {}).items():
            if wanted is None or name in wanted:
                columns[name] = text_series(name, (rule.value(row, self.known) for row in rows))
        return pl.DataFrame([columns[name] for name in (wanted or columns)])

    def none_of(self, names: list[str]) -> Iterator[Batch]:
        """Every object is there, also where it has no records."""
        for name in names:
            yield Batch(name, self.frame(name, []) if name != STAGE_CHANGE else pl.DataFrame(columns_of([], STAGE_CHANGE_TYPES)))

    def whole(self, model: Model) -> Iterator[Batch]:
        rows = [row for page in self.pages(model, list(model.domain)) for row in page]
        self.known.note(model.name, rows)
        if model.name == "res.users":  # a user's name is his partner's
            self.known.partners = {row["id"]: row["name"] for row in self._partners(rows, "partner_id", ["name"])}
        yield Batch(model.name, self.frame(model.name, rows))

    def changed(self, model: Model, domain: list) -> Iterator[Batch]:
        last = self.through.get(model.name, 0)
        for rows in self.pages(model, [*model.domain, *domain], last=last) if last != LAST else ():
            if model.name == LEAD:
                self.learn_customers(rows)
            yield Batch(model.name, self.frame(model.name, rows))
            if model.name == LEAD:
                yield from self._threads(rows)
            self.through[model.name] = rows[-1]["id"]
            yield Batch(model.name, self.frame(model.name, []), self.stands)
        self.through[model.name] = LAST
        yield Batch(model.name, self.frame(model.name, []), self.stands)

    def learn_customers(self, leads: list[dict]) -> None:
        partners = self._partners(leads, "partner_id", ["commercial_partner_id"])
        self.known.customers = {row["id"]: id_of(row["commercial_partner_id"]) or row["id"] for row in partners}

    def _partners(self, rows: list[dict], field: str, names: list[str]) -> list[dict]:
        ids = sorted({id_of(row[field]) for row in rows} - {0})
        found: list[dict] = []
        for start in range(0, len(ids), self.page_size):
            chunk = ids[start : start + self.page_size]
            found += self.rpc.search_read("res.partner", [("id", "in", chunk)], names, "id", len(chunk))
        return found

    def _threads(self, leads: list[dict]) -> Iterator[Batch]:
        history, ids = History(self.known), [lead["id"] for lead in leads]
        for messages in self.pages(Model(MESSAGE), messages_of(ids)):
            new = self._unseen(MESSAGE, messages)
            yield Batch(MESSAGE, self.frame(MESSAGE, new))
            by_id = {message["id"]: message for message in new}
            for message in new:
                history.message(message)
            if TRACKING in self.fields:
                for changes in self.pages(Model(TRACKING), [("mail_message_id", "in", list(by_id))]) if by_id else ():
                    yield Batch(TRACKING, self.frame(TRACKING, changes))
                    for change in changes:
                        if self.is_move(change):
                            history.move(change, by_id[id_of(change["mail_message_id"])])
        if TRACKING in self.fields:
            yield Batch(STAGE_CHANGE, history.frame(leads))
        if ACTIVITY in self.fields:
            for activities in self.pages(Model(ACTIVITY), activities_of(ids)):
                yield Batch(ACTIVITY, self.frame(ACTIVITY, self._unseen(ACTIVITY, activities)))

    def is_move(self, change: dict) -> bool:
        return id_of(change.get("field_id", change.get("field", 0))) == self.known.stage_field

    def _unseen(self, model: str, rows: list[dict]) -> list[dict]:
        return [row for row in rows if self._seen[model].is_new(row["id"])]


def messages_of(leads: list[int]) -> list:
    return [("model", "=", LEAD), ("res_id", "in", leads), SPOKEN]


def activities_of(leads: list[int]) -> list:
    return [("res_model", "=", LEAD), ("res_id", "in", leads)]


def derived_of(model: str, names: list[str]) -> list[Derived]:
    return [rule for name, rule in DERIVED.get(model, {}).items() if name in names]


def fields_of(rpc: Rpc, model: Model) -> Types:
    return types_of(model.name, rpc.call(model.name, "fields_get", [], attributes=["type", "store", "string"]))
