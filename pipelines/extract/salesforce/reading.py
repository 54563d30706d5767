"""Reading an object: by pages of REST, or as a Bulk API 2.0 job where there is much of it or the query is too long for a URL.

Belongs here: SOQL, pages, jobs, and whether all of it came. Does not: signing in (api.py), which objects, or cursors.
Pages are asked for by key (Id > the last one), so that nothing shifts while records change; deleted and archived records come too.
"""

import time
from collections.abc import Iterator, Sequence
from io import BytesIO
from urllib.parse import quote

import polars as pl
import requests

from pipelines.extract.connect import http
from pipelines.extract.salesforce.api import Salesforce
from pipelines.extract.salesforce.objects import Described
from pipelines.extract.salesforce.text import text_frame, text_of
from pipelines.messages.catalogue import FunnelError

URL_CHARACTERS = 12_000  # Salesforce takes 16,384 bytes of URI and headers together
SOQL_CHARACTERS = 100_000
BULK_FROM = 10_000  # records: five pages of REST cost as much as a job and its polls
BULK_PAGE = 50_000
STUCK, POLLS = 3, 600


class Reader:
    def __init__(self, server: Salesforce) -> None:
        self.server = server

    def read(self, thing: Described, fields: Sequence[str], *conditions: str) -> Iterator[pl.DataFrame]:
        """All records that meet the conditions, each once; at least one frame. Raises FunnelError FNL-257 when some are missing."""
        soql = select(thing.name, fields, conditions)
        if len(soql) > SOQL_CHARACTERS:
            yield from self._joined(thing, fields, conditions)
            return
        if len(quote(soql)) < URL_CHARACTERS:
            pages = self._pages(thing, fields, conditions)
            first = next(pages)
            if first is not None:
                yield first
                yield from (page for page in pages if page is not None)
                return
        yield from self._job(thing, soql, fields)

    def _pages(self, thing: Described, fields: Sequence[str], conditions: Sequence[str]) -> Iterator[pl.DataFrame | None]:
        """None, and no more, when there are too many for pages."""
        path, last, stuck = "/queryAll" if thing.is_deletable else "/query", None, 0
        seen: set[str] = set()
        while True:
            after: list[str] = [f"Id > '{last}'"] if last else []
            said = self.server.get(path, q=select(thing.name, fields, [*conditions, *after], order="Id"))
            if last is None and said["totalSize"] > BULK_FROM:
                yield None
                return
            new = [record for record in said["records"] if record["Id"] not in seen]
            is_cut, is_repeated = said["done"] and len(said["records"]) < said["totalSize"], not new and not said["done"]
            if is_cut or is_repeated:
                stuck += 1
                if stuck > STUCK:
                    raise self._incomplete(thing, len(said["records"]), said["totalSize"])
                continue
            seen.update(record["Id"] for record in new)
            yield text_frame({field: [text_of(record.get(field)) for record in new] for field in fields}, thing.types)
            if said["done"]:
                return
            last, stuck = said["records"][-1]["Id"], 0

    def _job(self, thing: Described, soql: str, fields: Sequence[str]) -> Iterator[pl.DataFrame]:
        operation = "queryAll" if thing.is_deletable else "query"
        asked = {"operation": operation, "query": soql, "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}
        job = self._done(self.server.call("POST", "/jobs/query", self.server.json_of, json=asked)["id"], thing)
        locator, count = None, 0
        while locator != "null":
            page = {"maxRecords": str(BULK_PAGE), **({"locator": locator} if locator else {})}
            csv, path = {"Accept": "text/csv"}, f"/jobs/query/{job['id']}/results"
            frame, locator = self.server.call("GET", path, lambda reply: _results(reply, list(fields)), params=page, headers=csv)
            count += frame.height
            yield text_frame(frame, thing.types)
        if count != job["numberRecordsProcessed"]:
            raise self._incomplete(thing, count, job["numberRecordsProcessed"])

    def _done(self, job: str, thing: Described) -> dict:
        for poll in range(POLLS):
            said = self.server.get(f"/jobs/query/{job}")
            if said["state"] == "JobComplete":
                return said
            if said["state"] in ("Failed", "Aborted"):
                raise self.server.access.refused("FNL-257", f"job {job} {said['state']}: {said.get('errorMessage')}", query=thing.name)
            time.sleep(min(http.BACKOFF_SECONDS * 2 ** min(poll, 5), 30))
        raise self.server.access.refused("FNL-257", f"job {job} is not done yet", query=thing.name)

    def _joined(self, thing: Described, fields: Sequence[str], conditions: Sequence[str]) -> Iterator[pl.DataFrame]:
        """A query too long even for a job, in parts. Who came between two parts comes the next night."""
        whole: pl.DataFrame | None = None
        for part in parts(fields, SOQL_CHARACTERS - len(select(thing.name, [], conditions))):
            frame = pl.concat(self._job(thing, select(thing.name, part, conditions), part))
            whole = frame if whole is None else whole.join(frame, on="Id", how="inner", maintain_order="left")
        assert whole is not None
        yield whole.select(fields)

    def _incomplete(self, thing: Described, count: int, total: int) -> FunnelError:
        return self.server.access.refused("FNL-257", f"{thing.name}: {count} records came of {total}", query=thing.name)


def select(name: str, fields: Sequence[str], conditions: Sequence[str], order: str | None = None) -> str:
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {', '.join(fields)} FROM {name}{where}{f' ORDER BY {order}' if order else ''}"


def parts(fields: Sequence[str], characters: int) -> Iterator[list[str]]:
    """The fields in lists that each fit; every list begins with Id."""
    part, length = ["Id"], 2
    for field in (field for field in fields if field != "Id"):
        if length + len(field) + 2 > characters:
            yield part
            part, length = ["Id"], 2
        part.append(field)
        length += len(field) + 2
    yield part


def _results(reply: requests.Response, fields: list[str]) -> tuple[pl.DataFrame, str]:
    """One set of results, and where the next is."""
    try:
        frame = _csv(reply.content, fields)
    except pl.exceptions.PolarsError as error:
        raise http.Broken(f"no whole CSV: {error}") from None
    if frame.height != int(said := reply.headers.get("Sforce-NumberOfRecords", str(frame.height))):
        raise http.Broken(f"{frame.height} records came of {said}")
    return frame, reply.headers.get("Sforce-Locator", "null")


def _csv(data: bytes, fields: list[str]) -> pl.DataFrame:
    """The header comes with the first set; whether with the others too, the documentation does not say."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    first = data.split(b"\n", 1)[0].decode("utf-8").strip().replace('"', "")
    body = data.split(b"\n", 1)[1] if first == ",".join(fields) and b"\n" in data else b"" if first == ",".join(fields) else data
    if not body.strip():
        return pl.DataFrame(schema=dict.fromkeys(fields, pl.String()))
    return pl.read_csv(BytesIO(body), has_header=False, new_columns=fields, infer_schema=False)
