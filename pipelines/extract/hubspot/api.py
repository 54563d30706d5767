"""HubSpot's calls: pages of ids, what changed, records by id, associations, and what its refusals say.

Belongs here: paths, pages, limits of one call. Does not: which objects, the cursor, or what a property means.
No call names properties in its URL but a listing's few: lists of all properties go into a body, which nothing cuts.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import requests

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.http import Http
from pipelines.messages.catalogue import FunnelError

LIST_PAGE = 100  # records of a listing's page: the vendor's most
SEARCH_PAGE = 200  # records of a search's page: the vendor's most
READ_BATCH, HISTORY_BATCH = 100, 50  # ids of one batch read, without and with property history
ASSOCIATED_BATCH = 1000  # ids of one batch of associations
NOT_THERE = ("OBJECT_NOT_FOUND", "crm.associations.NO_ASSOCIATIONS_FOUND")

Record = dict[str, Any]


class HubSpot(Http):
    """The account that the token belongs to."""

    def __init__(self, access: Access) -> None:
        super().__init__(access, {"Authorization": f"Bearer {access.password}"})
        self.base = access.connection.url.rstrip("/")

    def refusal(self, reply: requests.Response, query: str) -> FunnelError:
        """The vendor's own category and words, and the scopes that are missing."""
        usual = super().refusal(reply, query)
        try:
            said = reply.json()
            why = f"{reply.status_code} {said['category']}: {said['message']}"
        except (requests.exceptions.JSONDecodeError, KeyError, TypeError):
            return usual
        if reply.status_code == 403:
            return self.access.refused("FNL-267", why, ", ".join(_scopes(said)) or query)
        if reply.status_code == 401 and "EXPIRED" in said["category"]:
            return self.access.refused("FNL-268", why, query)
        return self.access.refused(usual.message.code, why, query)

    def get(self, path: str, **query: str | int) -> Any:
        return self.json("GET", self.base + path, params=query)

    def post(self, path: str, body: Any, **query: str) -> Any:
        said = self.json("POST", self.base + path, json=body, params=query)
        wrong = [error for error in said.get("errors", []) if not {error.get("category"), str(error.get("subCategory"))} & set(NOT_THERE)]
        if wrong:
            raise self.access.refused("FNL-257", json.dumps(wrong[0])[:200], query=path)
        return said

    def pages(self, path: str, **query: str | int) -> Iterator[list[Record]]:
        """The pages of a listing, one after another. The vendor pages by key, so records that change meanwhile shift nothing."""
        after: dict[str, str] = {}
        while True:
            said = self.get(path, **query, **after)
            yield said["results"]
            following = said.get("paging", {}).get("next")
            if not following:
                return
            after = {"after": following["after"]}

    def listed(self, name: str, archived: bool = False, properties: Sequence[str] = ("hs_object_id",)) -> Iterator[list[Record]]:
        query: dict[str, str | int] = {"limit": LIST_PAGE, "archived": str(archived).lower(), "properties": ",".join(properties)}
        yield from self.pages(f"/crm/v3/objects/{name}", **query)

    def found(self, name: str, condition: dict[str, Any]) -> Iterator[list[str]]:
        """The ids that meet a condition, 200 a call, each call from the last id on: no search ever passes its first page, so the vendor's
        limit of 10,000 results is never met, equal timestamps lose nothing, and records that change meanwhile shift nothing."""
        last = 0
        while True:
            beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": str(last)}
            body = {"filterGroups": [{"filters": [condition, beyond]}], "properties": ["hs_object_id"], "sorts": ["hs_object_id"],
                    "limit": SEARCH_PAGE, "after": "0"}  # fmt: skip
            ids = [record["id"] for record in self.post(f"/crm/v3/objects/{name}/search", body)["results"]]
            yield ids
            if len(ids) < SEARCH_PAGE:
                return
            last = max(map(int, ids))

    def read(self, name: str, ids: Sequence[str], properties: list[str], history: list[str], archived: bool) -> Iterator[Record]:
        """Records by id with all these properties; those that are gone meanwhile are left out."""
        for part in parts(ids, HISTORY_BATCH if history else READ_BATCH):
            body = {"inputs": [{"id": key} for key in part], "properties": properties, "propertiesWithHistory": history}
            yield from self.post(f"/crm/v3/objects/{name}/batch/read", body, archived=str(archived).lower())["results"]

    def associated(self, name: str, to: str, ids: Sequence[str]) -> dict[str, list[Record]]:
        """For each id what it is associated with, to the last page of each."""
        found: dict[str, list[Record]] = {}
        asked: list[dict[str, str]] = [{"id": key} for key in ids]
        while asked:
            following = []
            for part in parts(asked, ASSOCIATED_BATCH):
                for result in self.post(f"/crm/v4/associations/{name}/{to}/batch/read", {"inputs": part})["results"]:
                    key = str(result["from"]["id"])
                    found.setdefault(key, []).extend(result["to"])
                    if after := result.get("paging", {}).get("next", {}).get("after"):
                        following.append({"id": key, "after": after})
            asked = following
        return found


def parts(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _scopes(said: dict[str, Any]) -> list[str]:
    return [scope for error in said.get("errors", []) for scope in error.get("context", {}).get("requiredScopes", [])]
