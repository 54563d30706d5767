"""A mapped database as a connector: the mapping's queries in one snapshot, whole at first, then what changed, and the keys of all.

Belongs here: which query is asked how, and the cursor. Does not: drivers (database.py), or what a column means (the mapping).
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.again import NOTHING, Again
from pipelines.extract.connect.connector import Batch, Extraction
from pipelines.extract.connect.cursor import latest, moved_back
from pipelines.extract.connect.listing import is_named_by_more, listed_columns, listing_is_due
from pipelines.extract.mapping import Mapping, Query
from pipelines.extract.sql.again import earlier
from pipelines.extract.sql.database import Database
from pipelines.extract.sql.opened import opened


class SqlConnector:
    """Cursor: {"values": {query: the greatest value read}, "asked": {query: digest of its words}, "listed_at": instant}."""

    def __init__(self, access: Access, mapping: Mapping) -> None:
        self.access, self.mapping = access, mapping

    def extractions(self, cursor: str | None, started_at: datetime, again: Again = NOTHING) -> Iterator[Extraction]:
        if not self.mapping.queries:
            raise self.access.refused("FNL-258", "its mapping has no `queries:`")
        state = json.loads(cursor) if cursor else {}
        asked = {
            name: hashlib.sha256(f"{query.cursor}\n{query.sql}".encode()).hexdigest()[:16] for name, query in self.mapping.queries.items()
        }
        # A query that asks otherwise than when its value was read is read whole: what it says of the other rows is new.
        values: dict[str, str] = {
            name: value for name, value in state.get("values", {}).items() if state["asked"].get(name, "") == asked.get(name)
        }
        is_full = again.is_whole or not any(query.cursor and name in values for name, query in self.mapping.queries.items())
        begins = {name: earlier(value, again.begin(name)) for name, value in values.items()}
        is_due = not is_full and listing_is_due(self.access.connection, state.get("listed_at"), started_at)
        listed_at = started_at.isoformat() if is_full or is_due else state["listed_at"]

        def said() -> str:
            return json.dumps({"values": values, "asked": asked, "listed_at": listed_at}, sort_keys=True)

        with opened(self.access) as database:
            changed = chain.from_iterable(
                self._read(database, name, query, begins.get(name), values) for name, query in self.mapping.queries.items()
            )
            yield Extraction("sql", "full" if is_full else "delta", started_at, changed, said)
            if is_due:
                keys = chain.from_iterable(self._keys(database, name, query) for name, query in self.mapping.queries.items())
                yield Extraction("sql", "ids", started_at + timedelta(microseconds=1), keys, said)

    def _read(self, database: Database, name: str, query: Query, since: str | None, values: dict[str, str]) -> Iterator[Batch]:
        """One query; `values` receives the greatest value of its cursor once all of it was read."""
        found = values.get(name)
        sql = query.sql.strip().rstrip(";")
        if query.cursor and since is not None:
            begin = moved_back(since, self.access.connection.overlap_minutes)
            sql = f"select * from (\n{sql}\n) changed where {database.since(query.cursor, begin)}"
        else:
            sql = database.whole(sql)
        for rows in database.stream(sql):
            if query.cursor:
                if query.cursor not in rows.columns:
                    raise self.access.refused("FNL-256", f"cursor: no column {query.cursor!r} in {', '.join(rows.columns)}", query=name)
                found = latest([found, *rows[query.cursor].unique().to_list()])
            yield Batch(name, rows)
        if found is not None:
            values[name] = database.settled(found)

    def _keys(self, database: Database, name: str, query: Query) -> Iterator[Batch]:
        """The columns that name a record and those by which the mapping chooses records, for every record there is."""
        wanted = [] if is_named_by_more(self.mapping, name) else listed_columns(self.mapping, name)
        columns = ", ".join(database.quoted(column) for column in wanted) or "*"
        for rows in database.stream(f"select {columns} from (\n{query.sql.strip().rstrip(';')}\n) listed"):
            yield Batch(name, rows)
