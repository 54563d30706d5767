"""A small Odoo on loopback: JSON-RPC over records held in memory, with Odoo's own rights and faults. It counts what it is asked.

Belongs here: the protocol, searching, who may read what, and failing on purpose. Does not: the records (recorded.py, company.py). No assertions.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.integration.connect.broken import WAYS, send_broken
from tests.integration.connect.odoo.search import Database, found

ALL_LEADS, SETTINGS = "sales_team.group_sale_salesman_all_leads", "base.group_system"
NOT_ALLOWED = (
    "You are not allowed to access '{0}' ({0}) records.\n\nThis operation is allowed for the following groups:\n\t- Administration/Settings\n\n"
    "Contact your administrator to request access if necessary."
)


class Fault(Exception):
    """What Odoo answers with status 200: name of the exception and its message."""


@dataclass
class Odoo:
    """`groups` of each user by login; `before` is called before each answer, `faults` are failures of the next answers, one each."""

    data: Database
    groups: dict[str, set[str]]
    secret: str = "key of admin"
    name: str = "odoo"
    version: tuple = (17, 0, 0, "final", 0, "")
    denied: dict[str, set[str]] = field(default_factory=dict)  # login: models besides mail.tracking.value
    faults: list[str] = field(default_factory=list)
    before: Callable[[str, str], None] = lambda model, method: None
    calls: Counter = field(default_factory=Counter)
    port: int = 0
    last: dict[str, Any] = field(default_factory=dict)

    def answer(self, service: str, method: str, args: list) -> Any:
        if service == "common" and method == "version":
            return {"server_version": "17.0", "server_version_info": list(self.version), "server_serie": "17.0", "protocol_version": 1}
        if args[0] != self.name:
            raise Fault("psycopg2.OperationalError", f'connection to server failed: FATAL:  database "{args[0]}" does not exist')
        if method == "authenticate":
            return self._user_id(args[1]) if args[2] == self.secret else False
        _, user_id, secret, model, method, positional, words = args
        if secret != self.secret:
            raise Fault("odoo.exceptions.AccessDenied", "Access Denied")
        return self._called(next(login for login in self.groups if self._user_id(login) == user_id), model, method, positional, words)

    def _user_id(self, login: str) -> int | bool:
        return next((row["id"] for row in self.data.rows["res.users"].values() if row["login"] == login and login in self.groups), False)

    def _called(self, login: str, model: str, method: str, positional: list, words: dict) -> Any:
        self.before(model, method)
        if model not in self.data.fields:
            raise Fault("odoo.exceptions.UserError", f"Object {model} doesn't exist")
        if method == "has_group":
            return positional[-1] in self.groups[login]
        if (model == "mail.tracking.value" and SETTINGS not in self.groups[login]) or model in self.denied.get(login, set()):
            raise Fault("odoo.exceptions.AccessError", NOT_ALLOWED.format(model))
        fields = self.data.fields[model]
        if method == "fields_get":
            return {name: {key: said[key] for key in words["attributes"] if key in said} for name, said in fields.items()}
        if method == "search_count":
            domain = [*positional[0], *self._rule(login, model)]
            return len(found(self.data, model, domain, words.get("context", {}).get("active_test", True)))
        assert method == "search_read", method
        unknown = [name for name in words["fields"] if name not in fields]
        if unknown:
            raise Fault("builtins.ValueError", f"Invalid field '{unknown[0]}' on model '{model}'")
        domain = [*positional[0], *self._rule(login, model)]
        rows = found(self.data, model, domain, words.get("context", {}).get("active_test", True))
        column, _, way = words["order"].split(",")[0].partition(" ")
        rows.sort(key=lambda row: (row.get(column) or "", row["id"]) if column != "id" else row["id"], reverse=way == "desc")
        asked = dict.fromkeys(["id", *words["fields"]])
        return [{name: self.data.shown(model, name, row.get(name, False)) for name in asked} for row in rows[: words["limit"]]]

    def _rule(self, login: str, model: str) -> list:
        """Personal leads: whoever may not see all documents sees his own and nobody's."""
        if model == "crm.lead" and ALL_LEADS not in self.groups[login]:
            return ["|", ("user_id", "=", self._user_id(login)), ("user_id", "=", False)]
        return []


@contextmanager
def served(odoo: Odoo) -> Iterator[str]:
    """Its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer: in two, each waits 40 ms for the other's receipt

        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = question["params"]
            model = said["args"][3] if said["method"] == "execute_kw" else said["method"]
            odoo.calls[model] += 1
            fault = odoo.faults.pop(0) if odoo.faults else ""
            if fault.isdigit() or fault.startswith("429"):
                self._send(b"busy", int(fault[:3]), {"Retry-After": "0"} if "after" in fault else {})
                return
            reply: dict[str, Any] = {"jsonrpc": "2.0", "id": question["id"]}
            try:
                if fault == "expired":
                    raise Fault("odoo.exceptions.AccessDenied", "Access Denied")
                reply["result"] = odoo.answer(said["service"], said["method"], said["args"])
            except Fault as error:
                name, why = error.args
                reply["error"] = {"code": 200, "message": "Odoo Server Error", "data": {"name": name, "message": why, "debug": "Traceback"}}
            reply, odoo.last = (odoo.last if fault == "again" else reply), reply
            body = json.dumps(reply).encode()
            if fault in WAYS:
                send_broken(self, body, "application/json", fault)
            else:
                self._send(body, 200, {})

        def _send(self, body: bytes, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    odoo.port = server.server_address[1]
    try:
        yield f"http://127.0.0.1:{odoo.port}"
    finally:
        server.shutdown()
        server.server_close()
