"""The organization over HTTP: sign-in, sobjects, describe, query, queryAll and query jobs, as Salesforce's documentation describes them.

Belongs here: paths, pages, JSON and CSV, errors, faults, counting. Does not: records (org.py) or SOQL (soql.py).
Faults: a list of names, one taken a data request (None: none). Whatever a request asks that is not known here is an error, so that a test sees it.
"""

import csv
import io
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.integration.connect.broken import WAYS, send_broken
from tests.integration.connect.salesforce.org import Org
from tests.integration.connect.salesforce.soql import Malformed, parsed

CLIENT = "3MVG9.fake.client"
SECRET = "x' y@/1"
DATA = "/services/data/v62.0"
REFUSED: dict[str, tuple[int, Any, dict[str, str]]] = {
    "expired": (401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}], {}),
    "429": (429, [], {"Retry-After": "0"}),
    "503": (503, [{"message": "The requested resource is unavailable", "errorCode": "SERVER_UNAVAILABLE"}], {}),
    "500": (500, "not JSON", {}),
    "concurrent": (403, [{"message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}], {}),
    "used up": (403, [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}], {}),
    "no right": (403, [{"message": "insufficient access rights on object id", "errorCode": "INSUFFICIENT_ACCESS"}], {}),
    "no type": (400, [{"message": "sObject type 'Opportunity' is not supported.", "errorCode": "INVALID_TYPE"}], {}),
    "disabled": (403, [{"message": "The REST API is not enabled for this Organization.", "errorCode": "API_DISABLED_FOR_ORG"}], {}),
}  # fmt: skip


@dataclass
class Fake:
    org: Org
    page: int = 7
    faults: list[str | None] = field(default_factory=list)
    always: str | None = None  # a fault of every data request
    between_pages: Callable[[], None] = lambda: None
    revoked: bool = False
    lost: int = 0  # records of a job that its results leave out
    calls: Counter[str] = field(default_factory=Counter)
    queries: list[str] = field(default_factory=list)
    tokens: int = 0
    bearer: str = ""
    jobs: dict[str, tuple[list[str], list[dict[str, Any]], int]] = field(default_factory=dict)
    last: tuple[str, dict[str, Any]] = ("", {})  # the last page that was not the end, and of which query
    url: str = ""

    def rows(self, soql: str, is_all: bool) -> tuple[list[str], list[dict[str, Any]]]:
        self.queries.append(soql)
        seen = {name: self.org.visible(name) for name in self.org.types if name not in self.org.hidden}
        query = parsed(soql, seen)
        found = [record for record in list(self.org.records[query.object].values()) if query.holds(record)]
        if not is_all:
            found = [record for record in found if not record.get("IsDeleted") and not record.get("IsArchived")]
        if query.order:
            found = sorted(found, key=lambda record: record[query.order])
        return query.fields, [{name: record.get(name) for name in query.fields} for record in found]


class Handler(BaseHTTPRequestHandler):
    fake: Fake
    breaks: str = ""  # how the next answer does
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer: in two, each waits 40 ms for the other's receipt

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/services/oauth2/token":
            self.sign_in({key: values[0] for key, values in parse_qs(body, strict_parsing=True).items()})
        elif self.path == f"{DATA}/jobs/query":
            self.answered("job", lambda: self.begin(json.loads(body)))
        else:
            self.reply(404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(url.query, strict_parsing=bool(url.query)).items()}
        parts = url.path.removeprefix(DATA).strip("/").split("/")
        if len(self.path) > 16_384:
            self.reply(414, [{"errorCode": "URI_TOO_LONG", "message": "too long"}])
        elif not url.path.startswith(DATA):
            self.reply(404, "<html>", {"Content-Type": "text/html"})
        elif parts == ["limits"]:
            used = sum(self.fake.calls.values())
            self.answered("limits", lambda: self.reply(200, {"DailyApiRequests": {"Max": 100_000, "Remaining": 100_000 - used}}))
        elif parts == ["sobjects"]:
            names = [{"name": name, "queryable": True} for name in self.fake.org.types if name not in self.fake.org.hidden]
            self.answered("sobjects", lambda: self.reply(200, {"sobjects": names}))
        elif parts[0] == "sobjects" and parts[2:] == ["describe"]:
            fields = [{"name": name, "type": kind} for name, kind in self.fake.org.visible(parts[1]).items()]
            self.answered("describe", lambda: self.reply(200, {"name": parts[1], "fields": fields}))
        elif parts in (["query"], ["queryAll"]):
            self.answered("query", lambda: self.query(asked, parts[0] == "queryAll"))
        elif parts[:2] == ["jobs", "query"] and len(parts) == 3:
            self.answered("poll", lambda: self.poll(parts[2]))
        elif parts[:2] == ["jobs", "query"] and parts[3:] == ["results"]:
            self.answered("results", lambda: self.results(parts[2], asked))
        else:
            self.reply(404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])

    def sign_in(self, asked: dict[str, str]) -> None:
        self.fake.calls["token"] += 1
        if asked.get("grant_type") != "client_credentials":
            self.reply(400, {"error": "unsupported_grant_type", "error_description": "grant type not supported"})
        elif asked.get("client_id") != CLIENT:
            self.reply(400, {"error": "invalid_client_id", "error_description": "client identifier invalid"})
        elif asked.get("client_secret") != SECRET:
            self.reply(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
        elif self.fake.revoked:
            self.reply(400, {"error": "invalid_grant", "error_description": "no client credentials user enabled"})
        else:
            self.fake.tokens += 1
            self.fake.bearer = f"00D!token{self.fake.tokens}"
            who = {"id": f"https://login.salesforce.com/id/00D000000000001AAA/{self.fake.org.user}", "token_type": "Bearer"}
            self.reply(200, {"access_token": self.fake.bearer, "instance_url": self.fake.url, **who})

    def answered(self, what: str, answer: Callable[[], None]) -> None:
        fake = self.fake
        fake.calls[what] += 1
        fault = fake.always or (fake.faults.pop(0) if fake.faults else None)
        if self.headers["Authorization"] != f"Bearer {fake.bearer}":
            fault = "expired"
        elif fault == "expired":
            fake.bearer = ""
        try:
            if fault in REFUSED:
                status, said, headers = REFUSED[fault]
                self.reply(status, said, headers)
            elif fault in WAYS:
                self.breaks = fault
                answer()
            elif fault == "repeated" and what == "query" and (said := self.before()):
                self.reply(200, said)
            else:
                answer()
        except Malformed as error:
            self.reply(400, [{"errorCode": error.code, "message": str(error)}])

    def query(self, asked: dict[str, str], is_all: bool) -> None:
        assert set(asked) == {"q"}, asked
        fields, found = self.fake.rows(asked["q"], is_all)
        if not fields:  # SELECT COUNT()
            self.reply(200, {"totalSize": len(found), "done": True, "records": []})
            return
        types = self.fake.org.visible(parsed(asked["q"], self.fake.org.types).object)
        page = [
            {"attributes": {"type": "x"}, **{name: _json(row[name], types[name]) for name in fields}} for row in found[: self.fake.page]
        ]
        said = {"totalSize": len(found), "done": len(found) <= self.fake.page, "records": page}
        if not said["done"]:
            said["nextRecordsUrl"] = f"{DATA}/query/01gxx0000000001-{self.fake.page}"
            self.fake.last = (_without_key(asked["q"]), said)
        self.reply(200, said)
        self.fake.between_pages()

    def before(self) -> dict[str, Any] | None:
        """The page before this one of the same query."""
        query, said = self.fake.last
        asked = parse_qs(urlsplit(self.path).query)["q"][0]
        return said if query == _without_key(asked) and "Id > '" in asked else None

    def begin(self, asked: dict[str, Any]) -> None:
        assert asked["contentType"] == "CSV" and asked["operation"] in ("query", "queryAll"), asked
        fields, found = self.fake.rows(asked["query"], asked["operation"] == "queryAll")
        types = self.fake.org.visible(parsed(asked["query"], self.fake.org.types).object)
        key = f"750{len(self.fake.jobs):012d}AAA"
        self.fake.jobs[key] = (fields, [{name: _csv(row[name], types[name]) for name in fields} for row in found], 0)
        self.reply(200, {"id": key, "state": "UploadComplete", **asked})
        self.fake.between_pages()

    def poll(self, key: str) -> None:
        fields, rows, polls = self.fake.jobs[key]
        self.fake.jobs[key] = (fields, rows, polls + 1)
        self.reply(
            200, {"id": key, "state": "JobComplete" if polls else "InProgress", "numberRecordsProcessed": len(rows) + self.fake.lost}
        )

    def results(self, key: str, asked: dict[str, str]) -> None:
        assert set(asked) <= {"locator", "maxRecords"}, asked
        fields, rows, _ = self.fake.jobs[key]
        first, size = int(asked.get("locator", "0"), 36), min(int(asked["maxRecords"]), self.fake.page * 3)
        text = io.StringIO()
        writer = csv.DictWriter(text, fields, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[first : first + size])
        more = "null" if first + size >= len(rows) else _base36(first + size)
        said = {"Content-Type": "text/csv", "Sforce-Locator": more, "Sforce-NumberOfRecords": str(len(rows[first : first + size]))}
        self.reply(200, text.getvalue(), said)

    def reply(self, status: int, said: Any, headers: dict[str, str] | None = None) -> None:
        body = (said if isinstance(said, str) else json.dumps(said)).encode()
        way, self.breaks = self.breaks, ""
        if way:
            send_broken(self, body, (headers or {}).get("Content-Type", "application/json"), way)
            return
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _without_key(soql: str) -> str:
    return re.sub(r"( AND| WHERE) Id > '[^']*'", "", soql)


def _json(value: Any, kind: str) -> Any:
    """REST writes an offset, and big numbers with an exponent; json.dumps would write 10000000.0."""
    return value.replace("Z", "+0000") if kind == "datetime" and value else value


def _csv(value: Any, kind: str) -> str:
    if value is None:
        return ""
    return ("true" if value else "false") if kind == "boolean" else str(value)


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return (_base36(number // 36) if number >= 36 else "") + digits[number % 36]


@contextmanager
def serving(org: Org) -> Iterator[Fake]:
    fake = Fake(org)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"fake": fake}))
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
