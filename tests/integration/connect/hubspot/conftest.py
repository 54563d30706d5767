"""A HubSpot account on loopback for each test, and no waiting between attempts.

Belongs here: those. Does not: what an account holds (company.py).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from pipelines.extract.connect import http
from tests.integration.connect.hubspot.company import first
from tests.integration.connect.hubspot.server import TOKEN, Server, serving
from tests.integration.connect.hubspot.world import World

START = datetime(2026, 3, 1, 9, 0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0)
    monkeypatch.setenv("FUNNEL_HUBSPOT_TOKEN", TOKEN)
    world = World(START - timedelta(days=3))
    first(world)
    world.now = START  # one of each was changed late, so that the cursor is past the others
    for kind, records in world.records.items():
        if records:
            world.change(kind, max(records, key=int))
    with serving(world) as server:
        yield server
