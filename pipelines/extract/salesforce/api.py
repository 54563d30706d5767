"""Salesforce's HTTP: signing in, and what its error codes mean.

Belongs here: the token (OAuth 2.0 client credentials), asking again, error codes. Does not: queries (reading.py), objects or mapping.
A token that expires midway is renewed once a request; a reply that broke off is asked for again, since everything here only reads: a job of
reading that is begun twice leaves one that nobody fetches, which ends by itself.
"""

import re
import time
from typing import Any

import requests

from pipelines.extract.connect import http
from pipelines.extract.connect.access import Access
from pipelines.messages.catalogue import FunnelError

VERSION = "v62.0"  # Winter '25
DATA = f"/services/data/{VERSION}"
ATTEMPTS = 3
EXPIRED, BROKE_OFF, RIGHT = "FNL-252", "FNL-257", "FNL-254"
CODES = {
    "INVALID_SESSION_ID": EXPIRED, "invalid_client_id": EXPIRED, "invalid_client": EXPIRED, "invalid_grant": EXPIRED,
    "unauthorized_client": EXPIRED, "inactive_user": EXPIRED, "inactive_org": EXPIRED, "access_denied": EXPIRED,
    "REQUEST_LIMIT_EXCEEDED": "FNL-271", "INVALID_TYPE": RIGHT, "INSUFFICIENT_ACCESS": RIGHT, "INSUFFICIENT_ACCESS_OR_READONLY": RIGHT,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": RIGHT, "API_DISABLED_FOR_ORG": RIGHT, "API_CURRENTLY_DISABLED": RIGHT,
    "FUNCTIONALITY_NOT_ENABLED": RIGHT, "QUERY_TIMEOUT": BROKE_OFF, "INVALID_QUERY_LOCATOR": BROKE_OFF, "UNABLE_TO_LOCK_ROW": BROKE_OFF,
    "SERVER_UNAVAILABLE": BROKE_OFF, "UNKNOWN_EXCEPTION": BROKE_OFF, "unsupported_grant_type": "FNL-255",
}  # fmt: skip


class Salesforce(http.Http):
    """A signed-in session. `connection`: url = My Domain, user = the client's id, password = its secret."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._base, self._token, self.user_id = "", "", ""

    def get(self, path: str, **params: str) -> Any:
        """The JSON at a path below DATA; numbers with a fraction stay the text they were."""
        return self.call("GET", path, lambda reply: self.json_of(reply, parse_float=str), params=params)

    def call(
        self, method: str, path: str, read: http.Read = lambda reply: reply, headers: dict[str, str] | None = None, **what: Any
    ) -> Any:
        """Raises FunnelError FNL-251 to 257 as Http does, and FNL-271: the day's requests are used up."""
        renewed = False
        for attempt in range(ATTEMPTS + 1):
            if not self._token:
                self.sign_in()
            try:
                signed = {"Authorization": f"Bearer {self._token}", **(headers or {})}
                return self.send(method, self._base + DATA + path, read, headers=signed, **what)
            except FunnelError as error:
                code = error.message.code
                if code not in (EXPIRED, BROKE_OFF) or attempt == ATTEMPTS or (code == EXPIRED and renewed):
                    raise
                if code == EXPIRED:
                    self._token, renewed = "", True
                else:
                    time.sleep(http.BACKOFF_SECONDS * 2**attempt)
        raise AssertionError("not reached")

    def sign_in(self) -> None:
        connection = self.access.connection
        secret = {"grant_type": "client_credentials", "client_id": connection.user or "", "client_secret": self.access.password or ""}
        said = self.json("POST", connection.url.rstrip("/") + "/services/oauth2/token", data=secret)
        if not isinstance(said, dict) or not said.get("access_token"):
            raise self.access.refused("FNL-255", "the reply to signing in holds no access_token")
        self._token, self._base = said["access_token"], said.get("instance_url", connection.url).rstrip("/")
        self.user_id = re.sub(r"\W", "", str(said.get("id", "")).rpartition("/")[2])  # of the identity's address, as whom the app runs

    def refusal(self, reply: requests.Response, query: str) -> FunnelError:
        """Salesforce's own code counts before the status: 403 is also what a used-up limit says."""
        error, why = _said(reply)
        code = CODES.get(error)
        if error == "REQUEST_LIMIT_EXCEEDED" and "oncurrent" in why:
            code = BROKE_OFF  # too many at once: passes
        if "not supported on this domain" in why:
            code = "FNL-255"
        if code is None:
            return super().refusal(reply, query)
        text = f"{reply.status_code} {error}: {why[:160]}"
        return self.access.refused(code, text.replace(self._token, "•••") if self._token else text, query)


def _said(reply: requests.Response) -> tuple[str, str]:
    """(error code, message): a list of them from the API, an object from the sign-in; else blank."""
    try:
        said = reply.json()
    except requests.exceptions.JSONDecodeError:
        return "", ""
    first = said[0] if isinstance(said, list) and said else said
    if not isinstance(first, dict):
        return "", ""
    code, why = first.get("errorCode") or first.get("error"), first.get("message") or first.get("error_description")
    return str(code or ""), str(why or "")
