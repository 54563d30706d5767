"""Asking a server over HTTP: patient with a busy one, within a budget, and clear about what it refuses.

Belongs here: retries, time limits, and what a status means. Does not: any vendor's paths, pages or rights.
A read may be repeated, so every method is. The server's own Retry-After counts; otherwise waits double, with jitter.
"""

import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from pipelines.extract.connect.access import Access
from pipelines.messages.catalogue import FunnelError

BUSY = (408, 425, 429, 500, 502, 503, 504)
RETRIES = 6
BACKOFF_SECONDS = 1.0
CONNECT_SECONDS, READ_SECONDS = 20, 120
BUDGET_SECONDS = 3600.0  # of one extraction; what has not come by then comes the next night
REFUSALS = {401: "FNL-252", 403: "FNL-254", 404: "FNL-255"}


class Http:
    """One session with a server. `headers` may hold the secret: they are sent, never shown."""

    def __init__(self, access: Access, headers: dict[str, str] | None = None) -> None:
        self.access, self.calls = access, 0
        self._ends = time.monotonic() + BUDGET_SECONDS
        self._session = requests.Session()
        self._session.headers.update({"Accept": "application/json", **(headers or {})})
        retry = Retry(
            total=RETRIES, backoff_factor=BACKOFF_SECONDS, backoff_jitter=BACKOFF_SECONDS, status_forcelist=BUSY, allowed_methods=None,
            respect_retry_after_header=True, raise_on_status=False,
        )  # fmt: skip
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def json(self, method: str, url: str, **what: Any) -> Any:
        """The reply's JSON. `url` is absolute. Raises FunnelError FNL-251 to FNL-257."""
        reply = self.send(method, url, **what)
        try:
            return reply.json()
        except requests.exceptions.JSONDecodeError:
            raise self.access.refused(
                "FNL-255", f"{reply.status_code} {reply.headers.get('Content-Type')}: no JSON: {reply.text[:80]}"
            ) from None

    def send(self, method: str, url: str, **what: Any) -> requests.Response:
        """A reply with a good status. Raises FunnelError FNL-251 no answer, 252 who, 253 TLS, 254 rights, 255 where, 257 broke off."""
        if time.monotonic() > self._ends:
            raise self.access.refused("FNL-257", f"not done after {BUDGET_SECONDS:.0f} s")
        self.calls += 1
        try:
            reply = self._session.request(method, url, timeout=(CONNECT_SECONDS, READ_SECONDS), **what)
        except requests.exceptions.SSLError as error:
            raise self.access.refused("FNL-253", error) from None
        except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema) as error:
            raise self.access.refused("FNL-255", error) from None
        except requests.exceptions.ConnectionError as error:
            raise self.access.refused(
                "FNL-257" if "aborted" in str(error) or "IncompleteRead" in str(error) else "FNL-251", error
            ) from None
        except requests.exceptions.RequestException as error:
            raise self.access.refused("FNL-257", error) from None
        if reply.ok:
            return reply
        raise self.refusal(reply, f"{method} {url}"[:120])

    def refusal(self, reply: requests.Response, query: str) -> FunnelError:
        """What a bad status means. A vendor's client, which knows the vendor's own error codes, says more."""
        code = REFUSALS.get(reply.status_code, "FNL-257" if reply.status_code in BUSY else "FNL-256")
        return self.access.refused(code, f"{reply.status_code} {reply.reason}: {reply.text[:160]}", query)
