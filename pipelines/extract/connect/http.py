"""Asking a server over HTTP: patient with a busy one, within a budget, and clear about what it refuses.

Belongs here: retries, time limits, and what a status means. Does not: any vendor's paths, pages or rights.
A read may be repeated, so every method is; so is one whose reply does not come whole (cut off, garbled, JSON that ends early), however good
its status. The server's own Retry-After counts; otherwise waits double, with jitter.
"""

import random
import re
import time
from collections.abc import Callable
from typing import Any

import orjson
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
LONG = re.compile(rb"[:\[,]\s*-?[0-9]{19}")  # orjson makes a double of an integer beyond 64 bits: digits would be lost in silence
REFUSALS = {401: "FNL-252", 403: "FNL-254", 404: "FNL-255"}


class Broken(Exception):
    """A reply that did not come whole."""


Read = Callable[[requests.Response], Any]  # what a reply with a good status says; raises Broken to have it asked for again


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
        return self.send(method, url, self._quick_json_of, **what)

    def _quick_json_of(self, reply: requests.Response) -> Any:
        """Parsing JSON was half of what a page cost before it became a batch; whatever is odd the patient parser judges."""
        try:
            return self.json_of(reply) if LONG.search(reply.content) else orjson.loads(reply.content)
        except orjson.JSONDecodeError:
            return self.json_of(reply)

    def json_of(self, reply: requests.Response, **how: Any) -> Any:
        try:
            return reply.json(**how)
        except requests.exceptions.JSONDecodeError:
            if reply.content.lstrip()[:1] in (b"{", b"["):
                raise Broken(f"JSON ends early, after {len(reply.content)} bytes") from None
            why = f"{reply.status_code} {reply.headers.get('Content-Type')}: no JSON: {reply.text[:80]}"
            raise self.access.refused("FNL-255", why) from None

    def send(self, method: str, url: str, read: Read = lambda reply: reply, **what: Any) -> Any:
        """What `read` makes of a reply with a good status. Raises FunnelError FNL-251 no answer, 252 who, 253 TLS, 254 rights, 255 where,
        257 broke off."""
        for attempt in range(RETRIES + 1):
            if time.monotonic() > self._ends:
                raise self.access.refused("FNL-257", f"not done after {BUDGET_SECONDS:.0f} s")
            reply = self._begun(method, url, **what)
            try:
                _ = reply.content
                if reply.ok:
                    return read(reply)
            except (Broken, requests.exceptions.RequestException) as error:
                if attempt == RETRIES:
                    raise self.access.refused("FNL-257", f"{attempt + 1} times: {error}") from None
                time.sleep(min(BACKOFF_SECONDS * (2**attempt + random.random()), Retry.DEFAULT_BACKOFF_MAX))
                continue
            finally:
                reply.close()
            raise self.refusal(reply, f"{method} {url}"[:120])
        raise AssertionError("not reached")

    def _begun(self, method: str, url: str, **what: Any) -> requests.Response:
        """A reply whose head is there; its body, which may still break off, is not read yet."""
        self.calls += 1
        try:
            return self._session.request(method, url, timeout=(CONNECT_SECONDS, READ_SECONDS), stream=True, **what)
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

    def refusal(self, reply: requests.Response, query: str) -> FunnelError:
        """What a bad status means. A vendor's client, which knows the vendor's own error codes, says more."""
        code = REFUSALS.get(reply.status_code, "FNL-257" if reply.status_code in BUSY else "FNL-256")
        return self.access.refused(code, f"{reply.status_code} {reply.reason}: {reply.text[:160]}", query)
