"""One Odoo over JSON-RPC: signing in, calling a model's method, and what its faults mean.

Belongs here: the protocol. Does not: which models are read, or what their fields mean. Odoo answers a fault with HTTP 200.
"""

import re
from typing import Any

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.http import Http

OLDEST = 16
ASKED = 3  # how often, when a cache in between repeats an earlier answer: each carries the number of its question
READ = {"active_test": False}  # default searches hide what is not active: lost leads, archived customers, people who left


class NotThere(Exception):
    """The model is not installed."""


class Rpc:
    """Raises FunnelError: FNL-251 to FNL-258, FNL-264 where a right is missing."""

    def __init__(self, access: Access) -> None:
        connection = access.connection
        lacking = [name for name in ("database", "user", "password_env") if not getattr(connection, name)]
        if lacking:
            raise access.refused("FNL-258", f"connection: {', '.join(lacking)} is not said")
        self.access, self.http = access, Http(access)
        self.major, self.user_id = 0, 0

    def sign_in(self) -> None:
        version = self._call("common", "version", [])
        if not isinstance(version, dict) or "server_version_info" not in version:
            raise self.access.refused("FNL-255", f"no Odoo answers there: {str(version)[:80]}")
        found = re.search(r"\d+", str(version["server_version_info"][0]))
        self.major = int(found.group()) if found else 0
        if self.major < OLDEST:
            raise self.access.refused("FNL-258", f"Odoo {version.get('server_version')}: versions from {OLDEST} on are read")
        connection = self.access.connection
        said = self._call("common", "authenticate", [connection.database, connection.user, self.access.password, {}])
        if not said:
            raise self.access.refused(
                "FNL-252", f"Odoo's database {connection.database} does not accept this user with this password or key"
            )
        self.user_id = int(said)

    def has_group(self, group: str) -> bool:
        """Of the user signed in. Until 17 it is asked of the model, later of the user's record."""
        return bool(self.call("res.users", "has_group", [group] if self.major < 18 else [[self.user_id], group]))

    def call(self, model: str, method: str, args: list, **words: Any) -> Any:
        """Raises NotThere besides."""
        connection = self.access.connection
        return self._call(
            "object", "execute_kw", [connection.database, self.user_id, self.access.password, model, method, args, words], model
        )

    def search_read(self, model: str, domain: list, fields: list[str], order: str, limit: int, language: str | None = None) -> list[dict]:
        context = READ | ({"lang": language} if language else {})
        return self.call(model, "search_read", [domain], fields=fields, order=order, limit=limit, context=context)

    def _call(self, service: str, method: str, args: list, model: str = "-") -> Any:
        for _ in range(ASKED):
            number = self.http.calls + 1
            question = {"jsonrpc": "2.0", "method": "call", "params": {"service": service, "method": method, "args": args}, "id": number}
            reply = self.http.json("POST", f"{self.access.connection.url.rstrip('/')}/jsonrpc", json=question)
            if not isinstance(reply, dict) or ("result" not in reply and "error" not in reply):
                raise self.access.refused("FNL-255", f"no Odoo answers there: {str(reply)[:80]}")
            if reply.get("id") == number:
                break
        else:
            raise self.access.refused("FNL-257", f"{model}: the answer to another question came {ASKED} times")
        if "error" not in reply:
            return reply["result"]
        self._fault(reply["error"], model)

    def _fault(self, error: dict, model: str) -> None:
        data = error.get("data") or {}
        name, why = str(data.get("name")), str(data.get("message") or error.get("message"))
        if name.endswith("AccessError"):
            raise self.access.refused("FNL-264", why, query=model)
        if name.endswith("AccessDenied"):
            raise self.access.refused("FNL-252", why)
        if name.endswith("OperationalError") and not self.user_id:
            raise self.access.refused("FNL-255", why)
        if name.endswith("KeyError") or (name.endswith("UserError") and model in why):
            raise NotThere(model)
        raise self.access.refused("FNL-257", f"{model}: {name}: {why}")
