"""Every request of whole nights against the vendor's own description, asked of Prism: path, method, query, body.

Line items and products have the same calls as all objects of the CRM, and no page in the description we have: they are asked as deals.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from pipelines.extract.hubspot import api
from tests.fixtures.prism import Checker, prism
from tests.integration.conftest import REAL_DATA
from tests.integration.connect.hubspot.company import company_folder
from tests.integration.connect.hubspot.conftest import START
from tests.integration.connect.hubspot.server import Server
from tests.integration.connect.nights import land_at

DESCRIPTION = REAL_DATA / "openapi" / "hubspot-merged.json"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not DESCRIPTION.is_file(), reason="real data absent (set FUNNEL_REAL_DATA)")]


@pytest.fixture(scope="module")
def check() -> Iterator[Checker]:
    with prism(DESCRIPTION) as asked:
        yield lambda method, path, body: asked(method, as_described(path), body)


def as_described(path: str) -> str:
    return re.sub("^/crm/v3/objects/(line_items|products)", "/crm/v3/objects/deals", path)


def unknown_words(method: str, path: str) -> list[str]:
    """Words of a query that the description does not have; Prism lets them pass."""
    parts = urlsplit(as_described(path))
    for pattern, described in json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), parts.path) and method.lower() in described:
            known = {one["name"] for one in described[method.lower()].get("parameters", []) if one["in"] == "query"}
            return sorted(set(parse_qs(parts.query)) - known)
    return [f"no {method} {parts.path}"]


def test_every_request_is_as_described(check: Checker, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first night, and one with changes, a merge, a renamed stage, something in the bin, further pages, and the listing."""
    monkeypatch.setattr(api, "SEARCH_PAGE", 30)
    server.list_page, server.associated_page, server.check = 30, 1, check
    asked: set[tuple[str, str]] = set()

    def both(method: str, path: str, body: bytes) -> str | None:
        asked.add((method, re.sub("after=[^&]*", "after", path)))
        return check(method, path, body) or ", ".join(unknown_words(method, path)) or None

    server.check = both
    world = server.world
    world.archive("deals", world.live("deals")[5].id)
    folder = company_folder(tmp_path / "company", server.url, "crm")
    land_at(folder, START + timedelta(hours=10), "crm", monkeypatch=monkeypatch)
    world.now += timedelta(days=1)
    deals = [record.id for record in world.live("deals")]
    for deal in deals:
        world.change("deals", deal, amount="7")
    world.link("deals", deals[9], "companies", world.live("companies")[0].id)
    world.merge("deals", deals[0], deals[1], into_new=True)
    world.rename_stage("s1", "First")
    world.archive("companies", world.live("companies")[-1].id)
    land_at(folder, START + timedelta(hours=34), "crm", monkeypatch=monkeypatch)
    assert server.departures == []
    forms = {re.sub(r"\?.*", "", path) for _, path in asked}
    assert {"/crm/v3/owners", "/crm/v3/pipelines/deals", "/crm/v3/properties/deals", "/crm/v3/objects/deals", "/crm/v3/objects/deals/search",
            "/crm/v3/objects/deals/batch/read", "/crm/v4/associations/deals/companies/batch/read", "/crm/v3/objects/tasks/search"} <= forms  # fmt: skip
    assert any("after" in path for _, path in asked)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/crm/v3/objects/deals?archived=perhaps", ""),
        ("GET", "/crm/v3/objects/deal", ""),
        ("POST", "/crm/v3/objects/deals/search", '{"filterGroups": [], "properties": [], "sorts": [], "limit": 10}'),
        (
            "POST",
            "/crm/v3/objects/deals/search",
            '{"filterGroups": [], "properties": [], "sorts": [{"propertyName": "a"}], "limit": 10, "after": "0"}',
        ),
        ("POST", "/crm/v4/associations/deals/companies/batch/read", '{"inputs": [{"key": "1"}]}'),
    ],
)
def test_a_departure_is_seen(check: Checker, method: str, path: str, body: str) -> None:
    assert check(method, path, body.encode())
