"""What a mapped database shows of itself to this user.

Belongs here: a count and the columns of each query, and the clock. Does not: reading rows (connector.py).
"""

from datetime import UTC, datetime

import polars as pl

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.diagnosis import Clock, Diagnosis
from pipelines.extract.mapping import Mapping, Query
from pipelines.extract.sql.opened import opened
from pipelines.messages.catalogue import FunnelError

CLOCKS = ("postgresql", "postgres", "mysql", "mariadb")  # an instant with its zone, or in UTC; a file has our own clock


def diagnose_sql(found: Diagnosis, access: Access, mapping: Mapping, now: Clock) -> None:
    """Raises FunnelError when we are not let in, or the mapping has no queries."""
    if not mapping.queries:
        raise access.refused("FNL-258", "its mapping has no `queries:`")
    with opened(access) as database:
        before = now()
        if access.url.scheme in CLOCKS:
            stated = pl.concat(database.stream("select current_timestamp as stated")).item()
            found.tell_time(access, _instant(stated), before, now())
    found.user = access.connection.user or "-"
    for name, query in mapping.queries.items():
        _look(found, access, mapping, name, query)


def _look(found: Diagnosis, access: Access, mapping: Mapping, name: str, query: Query) -> None:
    """Opened for each: after a refusal some databases refuse everything else in the same transaction."""
    sql = query.sql.strip().rstrip(";")
    try:
        with opened(access) as database:
            columns = pl.concat(database.stream(f"select * from (\n{sql}\n) asked where 1 = 0")).columns
            count = pl.concat(database.stream(f"select count(*) as records from (\n{sql}\n) counted")).item()
    except FunnelError as error:
        found.see(mapping, name, None)
        found.faults.append(error.message)
        return
    found.see(mapping, name, int(count))
    if query.cursor and query.cursor not in columns:
        found.faults.append(access.refused("FNL-256", f"cursor: no column {query.cursor!r} in {', '.join(columns)}", query=name).message)
    found.compare(access, mapping, name, columns)


def _instant(stated: str) -> datetime:
    moment = datetime.fromisoformat(stated)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
