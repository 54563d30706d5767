"""The calls of HubSpot that the connector makes, answered from a World on loopback, with the vendor's limits and, on request, its faults.

Belongs here: HTTP, paging, limits, refusals, faults; counting calls. Does not: what happens to records (world.py), or expected values.
"""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.integration.connect.broken import send_broken
from tests.integration.connect.hubspot.world import OUTCOMES, OWNERS, Record, World, iso

TOKEN = "loopback-1"
FAULTS = ("busy", "busy without a word", "broken", "twice")
URL_LIMIT, BODY_LIMIT = 8_000, 3_000


class Server(ThreadingHTTPServer):
    """`fault`: chance of a fault a call. `breaks`: how the next good answers break off (broken.py; blank: not). `meanwhile`: called before an answer leaves.
    `departures`: what the vendor's description has against a request, where somebody checks it."""

    daemon_threads = True

    def __init__(self, world: World) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.world, self.chance = world, random.Random(11)
        self.search_limit, self.list_page, self.associated_page = 10_000, 100, 500
        self.index_lag = timedelta()  # how long a search does not find what changed
        self.fault, self.expired, self.scopes_missing = 0.0, False, set[str]()
        self.tells_left = True  # how many calls the day has left
        self.breaks: list[str] = []
        self.hidden: Callable[[Record], bool] = lambda record: False
        self.meanwhile: Callable[[], None] = lambda: None
        self.check: Callable[[str, str, bytes], str | None] = lambda method, path, body: None
        self.departures: list[str] = []
        self.calls = Counter[str]()
        self.faults = Counter[str]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving(world: World) -> Iterator[Server]:
    server = Server(world)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class Refused(Exception):
    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        self.status, self.body = status, {"status": "error", "message": message, "correlationId": "a-b-c", "category": category, **more}


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer: in two, each waits 40 ms for the other's receipt

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer("GET", b"")

    def do_POST(self) -> None:
        self._answer("POST", self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, method: str, body: bytes) -> None:
        server = self.server
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        what = parts.path.removeprefix("/crm").strip("/").split("/")
        server.calls["/".join(what)] += 1
        if departure := server.check(method, self.path, body):
            server.departures.append(departure)
        fault = server.chance.choice(FAULTS) if server.chance.random() < server.fault else None
        try:
            self._may(what)
            if fault and fault != "twice":
                server.faults[fault] += 1
                return self._fail(fault)
            if len(self.path) > URL_LIMIT:
                raise Refused(414, "VALIDATION_ERROR", "URI too long")
            said = self._say(what, query, json.loads(body) if body else {}, len(body), fault == "twice")
            server.meanwhile()  # what is told is no longer so when it arrives
            self._send(207 if said.get("numErrors") else 200, said)
        except Refused as refused:
            self._send(refused.status, refused.body)

    def _may(self, what: list[str]) -> None:
        server = self.server
        if server.expired:
            raise Refused(401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired 3 hour(s) ago.")
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            raise Refused(
                401, "INVALID_AUTHENTICATION", "Authentication credentials not found. This API supports OAuth 2.0 authentication."
            )
        needed = f"crm.objects.{what[2] if what[1] in ('objects', 'properties') else what[1]}.read"
        if needed in server.scopes_missing:
            errors = [{"message": "One or more of the following scopes are required.", "context": {"requiredScopes": [needed]}}]
            raise Refused(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call.", errors=errors)

    def _fail(self, fault: str) -> None:
        refused = Refused(500, "INTERNAL", "internal error") if fault == "broken" else Refused(429, "RATE_LIMITS", "You have reached your ten_secondly_rolling limit.")  # fmt: skip
        self._send(refused.status, refused.body, {"Retry-After": "0"} if fault == "busy" else {})

    def _send(self, status: int, said: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        body = json.dumps(said, ensure_ascii=False).encode()
        way = self.server.breaks.pop(0) if status < 300 and self.server.breaks else ""
        if way:
            self.server.faults[way] += 1
            send_broken(self, body, "application/json;charset=utf-8", way)
            return
        self.send_response(status)
        left = {"X-HubSpot-RateLimit-Daily": "650000", "X-HubSpot-RateLimit-Daily-Remaining": str(650_000 - self.server.calls.total())}
        if not self.server.tells_left:
            del left["X-HubSpot-RateLimit-Daily-Remaining"]
        said_first = {"Content-Type": "application/json;charset=utf-8", "Content-Length": str(len(body))}
        for name, value in {**said_first, **left, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _say(self, what: list[str], query: dict[str, str], body: dict[str, Any], size: int, twice: bool) -> dict[str, Any]:
        match what:
            case ["account-info", "v3", "details"]:
                return {"portalId": 1234567, "accountType": "STANDARD", "timeZone": "Asia/Taipei", "companyCurrency": "TWD"}
            case ["v3", "owners"]:
                wanted = query.get("archived") == "true"
                stamps = {"createdAt": "2020-01-01T00:00:00Z", "updatedAt": "2020-01-01T00:00:00Z", "type": "PERSON"}
                return {"results": [{**owner, **stamps} for owner in OWNERS if owner["archived"] == wanted]}
            case ["v3", "pipelines", "deals"]:
                return {"results": [self._pipeline()]}
            case ["v3", "properties", kind]:
                options = [{"label": label, "value": value, "displayOrder": 0, "hidden": False} for value, label in OUTCOMES.items()]
                return {
                    "results": [
                        {"name": name, "options": options if name == "hs_call_disposition" else []}
                        for name in self.server.world.property_names(kind)
                    ]
                }
            case ["v3", "objects", kind]:
                return self._listed(kind, query, twice)
            case ["v3", "objects", kind, "search"]:
                return self._found(kind, body, size)
            case ["v3", "objects", kind, "batch", "read"]:
                return self._read(kind, body, query.get("archived") == "true")
            case ["v4", "associations", kind, to, "batch", "read"]:
                return self._associated(kind, to, body)
        raise Refused(404, "OBJECT_NOT_FOUND", "No such path.")

    def _pipeline(self) -> dict[str, Any]:
        ends = {"won": {"isClosed": "true", "probability": "1.0"}, "lost": {"isClosed": "true", "probability": "0.0"}}
        stages = [
            {
                "id": key,
                "label": name,
                "displayOrder": number,
                "metadata": ends.get(key, {"isClosed": "false", "probability": "0.5"}),
                "archived": False,
            }
            for number, (key, name) in enumerate(self.server.world.stages.items())
        ]
        return {"id": "default", "label": "Sales Pipeline", "displayOrder": 0, "archived": False, "stages": stages}

    def _visible(self, kind: str, archived: bool) -> list[Record]:
        records = sorted(self.server.world.records[kind].values(), key=lambda record: int(record.id))
        return [record for record in records if record.is_archived == archived and not self.server.hidden(record)]

    def _listed(self, kind: str, query: dict[str, str], twice: bool) -> dict[str, Any]:
        limit = int(query.get("limit", 10))
        if limit > 100:
            raise Refused(400, "VALIDATION_ERROR", "limit must be at most 100")
        limit = min(limit, self.server.list_page)
        archived, after = query.get("archived") == "true", int(query.get("after", 0))
        rest = [record for record in self._visible(kind, archived) if int(record.id) > after]
        names, page = query.get("properties", "").split(","), rest[:limit]
        if twice and after:  # the page before comes once more, at the head of this one
            self.server.faults["twice"] += 1
            page = [record for record in self._visible(kind, archived) if int(record.id) <= after][-limit:] + page
        said: dict[str, Any] = {"results": [_shown(record, names) for record in page]}
        return said | ({"paging": {"next": {"after": rest[limit - 1].id}}} if len(rest) > limit else {})

    def _found(self, kind: str, body: dict[str, Any], size: int) -> dict[str, Any]:
        after, limit = int(body["after"] or 0), body["limit"]
        if size > BODY_LIMIT or limit > 200 or after + limit > self.server.search_limit:
            raise Refused(400, "VALIDATION_ERROR", f"body of {size}, limit {limit}, after {after}")
        assert body["sorts"] == ["hs_object_id"]
        settled = self.server.world.now - self.server.index_lag
        indexed = [record for record in self._visible(kind, archived=False) if record.written_at <= settled]
        hits = [record for record in indexed if any(all(_meets(record, one) for one in group["filters"]) for group in body["filterGroups"])]
        return {"total": len(hits), "results": [_shown(record, body["properties"]) for record in hits[after : after + limit]]}

    def _read(self, kind: str, body: dict[str, Any], archived: bool) -> dict[str, Any]:
        if len(body["inputs"]) > (50 if body["propertiesWithHistory"] else 100):
            raise Refused(400, "VALIDATION_ERROR", f"{len(body['inputs'])} inputs")
        there = {record.id: record for record in self._visible(kind, archived)}
        keys = [one["id"] if archived else self.server.world.survivor(kind, one["id"]) for one in body["inputs"]]
        missing = [key for key in keys if key not in there]
        results = [_shown(there[key], body["properties"], "dealstage" in body["propertiesWithHistory"]) for key in keys if key in there]
        error = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "Could not get some objects", "context": {"ids": missing}}
        return {"status": "COMPLETE", "results": results, **({"numErrors": 1, "errors": [error]} if missing else {})}

    def _links(self, kind: str, key: str, to: str) -> dict[str, list[str]]:
        """From either side."""
        records = self.server.world.records
        found = {other.id: other.links[kind][key] for other in records[to].values() if key in other.links.get(kind, {})}
        found |= records[kind][key].links.get(to, {}) if key in records[kind] else {}
        return {other: labels for other, labels in found.items() if other in records[to]}

    def _associated(self, kind: str, to: str, body: dict[str, Any]) -> dict[str, Any]:
        if len(body["inputs"]) > 1000:
            raise Refused(400, "VALIDATION_ERROR", f"{len(body['inputs'])} inputs")
        size, results, without = self.server.associated_page, [], []
        for one in body["inputs"]:
            links = sorted(self._links(kind, one["id"], to).items())
            start = int(one.get("after", 0))
            if not links:
                without.append(one["id"])
                continue
            shown = [{"toObjectId": int(key), "associationTypes": _types(labels)} for key, labels in links[start : start + size]]
            paging = {"paging": {"next": {"after": str(start + size)}}} if len(links) > start + size else {}
            results.append({"from": {"id": one["id"]}, "to": shown, **paging})
        errors = [{"status": "error", "category": "OBJECT_NOT_FOUND", "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND", "context": {"fromObjectId": [key]}} for key in without]  # fmt: skip
        return {"status": "COMPLETE", "results": results, **({"numErrors": len(errors), "errors": errors} if errors else {})}


def _types(labels: list[str]) -> list[dict[str, Any]]:
    return [{"category": "HUBSPOT_DEFINED", "typeId": 341, "label": None}] + [
        {"category": "HUBSPOT_DEFINED" if label == "Primary" else "USER_DEFINED", "typeId": 5, "label": label} for label in labels
    ]


def _meets(record: Record, condition: dict[str, Any]) -> bool:
    held = record.properties.get(condition["propertyName"])
    if condition["operator"] == "IN":
        return held in condition["values"]
    if condition["propertyName"] == "hs_object_id":
        return int(record.id) > int(condition["value"])
    moment = datetime.fromisoformat(held or "").timestamp() * 1000
    assert condition["operator"] == "GTE"
    return round(moment) >= int(condition["value"])


def _shown(record: Record, names: list[str], with_history: bool = False) -> dict[str, Any]:
    said = {"id": record.id, "archived": record.is_archived, "createdAt": iso(record.changed_at), "updatedAt": iso(record.changed_at)}
    properties = {name: record.properties.get(name) for name in {*names, "hs_object_id"}}
    return {
        **said,
        "properties": properties,
        **({"propertiesWithHistory": {"dealstage": record.stages[::-1][:20]}} if with_history else {}),
    }
