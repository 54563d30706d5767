"""What a night without changes costs, counted by the fakes: no more of a large company than of a small one, and next to nothing of a first load.

Every page holds a fiftieth of what it does in use, so 2,000 deals take the calls of 100,000. The listing of ids is apart: it grows with the
records, as it must. One deal and one firm are read again through the overlap: the last that changed.
"""

from datetime import timedelta
from types import ModuleType

import pytest

from pipelines.extract.connect.connector import Connector
from pipelines.extract.hubspot import api
from pipelines.extract.hubspot import reading as hubspot
from pipelines.extract.odoo import keys
from pipelines.extract.salesforce import reading as salesforce
from tests.integration.connect.fakes import KINDS, START, Standing, standing

LESS = 50
LIMITS: list[tuple[ModuleType, str]] = [
    (api, "LIST_PAGE"), (api, "SEARCH_PAGE"), (api, "READ_BATCH"), (api, "HISTORY_BATCH"), (api, "ASSOCIATED_BATCH"), (hubspot, "CHUNK"),
    (keys, "PAGE"), (keys, "LEADS"), (salesforce, "BULK_FROM"), (salesforce, "BULK_PAGE"),
]  # fmt: skip


def small_pages(fake: Standing, patch: pytest.MonkeyPatch) -> None:
    for module, name in LIMITS:
        patch.setattr(module, name, max(1, getattr(module, name) // LESS))
    if fake.kind == "odoo":
        fake.said["page_size"] = 500 // LESS
    elif fake.kind == "salesforce":
        fake.server.page = 2_000 // LESS


def worked_on(fake: Standing) -> None:
    """A thread of a lead has six messages and an activity; the real Odoo of docs/sources has 720 messages and 489 changes for 150 leads."""
    for lead in fake.state.leads() if fake.kind == "odoo" else ():
        for deed in (fake.state.move, fake.state.note, fake.state.note, fake.state.move, fake.state.note, fake.state.plan):
            deed(lead)
    fake.touch_one()
    if fake.kind == "odoo":
        fake.state.data.freeze()


def night(fake: Standing, connector: Connector, cursor: str | None, day: int) -> tuple[int, int, str | None]:
    """Calls without the listing, those of the listing, and the cursor."""
    fake.calls.clear()
    listing = 0
    for extraction in connector.extractions(cursor, START + timedelta(days=day)):
        before = fake.calls.total()
        for _ in extraction.batches:
            pass
        listing += fake.calls.total() - before if extraction.kind == "ids" else 0
        cursor = extraction.cursor()
    return fake.calls.total() - listing, listing, cursor


def counted(kind: str, deals: int, patch: pytest.MonkeyPatch) -> tuple[int, int, int]:
    """Calls of a first load, of an unchanged night, and of its listing."""
    with patch.context() as small, standing(kind, small, deals) as fake:
        small_pages(fake, small)
        worked_on(fake)
        first, _, cursor = night(fake, fake.connector(), None, 0)
        unchanged, listing, _ = night(fake, fake.connector(), cursor, 1)
        return first, unchanged, listing


@pytest.mark.parametrize("kind", KINDS)
def test_a_night_without_changes_costs_the_same_of_any_size(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = counted(kind, 50, monkeypatch), counted(kind, 200, monkeypatch)
    assert abs(small[1] - large[1]) <= 2 and large[1] <= 45 and large[0] > small[0] and large[2] > small[2], (small, large)


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize(("kind", "part"), [("odoo", 0.011), ("hubspot", 0.01)])
def test_of_a_hundred_thousand_deals_it_costs_a_hundredth_of_the_first_load(
    kind: str, part: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Odoo's 42 calls are a little more: half of them ask which fields there are. Not so of Salesforce, whose jobs bring 50,000 records
    a call: there a first load is hardly more calls than any night."""
    first, unchanged, listing = counted(kind, 100_000 // LESS, monkeypatch)
    print(f"{kind}: {first} calls of a first load, {unchanged} of an unchanged night, {listing} of the listing")
    assert unchanged <= first * part
