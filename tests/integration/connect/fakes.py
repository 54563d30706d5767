"""The three fake CRMs behind one face, read without a ledger: what an extraction says, what it asked, and how its answers break.

Belongs here: that face. Does not: the fakes themselves (each kind's folder), or expected values.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.extract.connect import http
from pipelines.extract.connect.access import Access
from pipelines.extract.connect.again import NOTHING, Again
from pipelines.extract.connect.connector import Connector
from pipelines.extract.hubspot.connector import HubSpotConnector
from pipelines.extract.mapping import Mapping, load_mapping
from pipelines.extract.odoo.connector import OdooConnector
from pipelines.extract.salesforce.connector import SalesforceConnector
from pipelines.settings.company import CompanyFolder
from pipelines.settings.load import load_company
from pipelines.settings.source import Connection
from tests.integration.conftest import ROOT
from tests.integration.connect.hubspot.company import first, new_deal
from tests.integration.connect.hubspot.server import TOKEN
from tests.integration.connect.hubspot.server import serving as hubspot
from tests.integration.connect.hubspot.world import World
from tests.integration.connect.odoo.company import Company
from tests.integration.connect.odoo.server import ALL_LEADS, SETTINGS, Odoo
from tests.integration.connect.odoo.server import served as odoo
from tests.integration.connect.salesforce.company import organization
from tests.integration.connect.salesforce.server import CLIENT, SECRET
from tests.integration.connect.salesforce.server import serving as salesforce

CONNECTORS = {"odoo": OdooConnector, "hubspot": HubSpotConnector, "salesforce": SalesforceConnector}
KINDS = tuple(CONNECTORS)
START = datetime(2026, 3, 1, 18, 30)
Rows = list[dict[str, str | None]]


@dataclass
class Standing:
    """A fake that is served. `state` is its data: a Company, a World, an Org."""

    kind: str
    state: Any
    server: Any
    url: str
    said: dict[str, Any]
    secret: str

    @property
    def calls(self) -> Counter[str]:
        return self.server.calls

    def on_call(self, deed: Callable[[], None]) -> None:
        """Called with each call of a record's page, before its answer leaves."""
        if self.kind == "odoo":
            self.server.before = lambda model, method: deed() if method == "search_read" else None
        else:
            setattr(self.server, "meanwhile" if self.kind == "hubspot" else "between_pages", deed)

    def folder(self, root: Path, patch: pytest.MonkeyPatch) -> CompanyFolder:
        """A company whose one source is this."""
        for name in ("mappings", "playbook", "inbox"):
            (root / name).mkdir(parents=True)
        patch.setenv("FAKE_SECRET", self.secret)
        return self.folder_again(root)

    def folder_again(self, root: Path) -> CompanyFolder:
        """With the connection as `said` now."""
        said = {"kind": self.kind, "connection": {"url": self.url, "password_env": "FAKE_SECRET", **self.said}}
        settings = {"company": "One", "time_zone": "Asia/Taipei", "base_currency": "TWD", "sources": {"crm": said}}
        (root / "funnel.yaml").write_text(json.dumps(settings), encoding="utf-8")
        return load_company(root)

    def break_answers(self, ways: list[str]) -> None:
        setattr(self.server, "breaks" if self.kind == "hubspot" else "faults", list(ways))

    def change_silently(self) -> tuple[str, str]:
        """One deal's amount is 777 now, and no stamp says so: its id, and the column."""
        if self.kind == "odoo":
            lead = self.state.leads()[4]
            self.state.data.rows["crm.lead"][lead]["expected_revenue"] = 777
            return str(lead), "expected_revenue"
        if self.kind == "hubspot":
            deal = self.state.live("deals")[4]
            deal.properties["amount"] = "777"
            return deal.id, "amount"
        key = list(self.state.records["Opportunity"])[5]
        self.state.records["Opportunity"][key]["Amount"] = 777
        return key, "Amount"

    def stamped_at(self, key: str) -> datetime:
        """When the deal changed as it says itself, naive UTC."""
        if self.kind == "odoo":
            return datetime.fromisoformat(self.state.data.rows["crm.lead"][int(key)]["write_date"])
        stamp = (
            self.state.records["deals"][key].properties["hs_lastmodifieddate"]
            if self.kind == "hubspot"
            else self.state.records["Opportunity"][key]["SystemModstamp"]
        )
        return datetime.fromisoformat(stamp).replace(tzinfo=None)

    def touch_one(self) -> None:
        """One deal and one firm are written late, so that the cursor lies behind the others."""
        if self.kind == "odoo":
            self.state.now = START - timedelta(hours=1)
            self.state.write("crm.lead", self.state.leads()[-1])
            self.state.write("res.partner", max(self.state.data.rows["res.partner"]))
        elif self.kind == "hubspot":
            self.state.now = START - timedelta(hours=1)
            for kind in ("deals", "companies"):
                self.state.change(kind, self.state.live(kind)[-1].id)
        else:
            self.state.now = START - timedelta(hours=1)
            for name in ("Opportunity", "Account"):
                self.state.edit(name, list(self.state.records[name])[-1])

    def live(self, moment: datetime) -> None:
        """Of the deals that were read first one changes and one goes; a new one comes last, and is written again some hours later."""
        late = moment + timedelta(hours=4, minutes=30)
        if self.kind == "odoo":
            self.state.now = moment
            one, other, *_ = self.state.leads()
            self.state.move(one)
            self.state.unlink(other)
            new = self.state.open()
            self.state.now = late
            self.state.write("crm.lead", new)
        elif self.kind == "hubspot":
            self.state.now = moment
            one, other, third, fourth = (record.id for record in self.state.live("deals")[:4])
            self.state.change("deals", one, dealstage="won", amount="5")
            self.state.archive("deals", other)
            self.state.merge("deals", third, fourth, into_new=False)
            new = new_deal(self.state, 999, self.state.live("companies")[0].id, self.state.live("contacts")[0].id)
            self.state.now = late
            self.state.change("deals", new, amount="6")
        else:
            self.state.now = moment
            one, other = [key for key, deal in self.state.records["Opportunity"].items() if not deal["IsDeleted"]][:2]
            self.state.edit("Opportunity", one, Amount=5.0, **self.state.in_stage("Closed Won"))
            self.state.delete("Opportunity", other)
            new = self.state.deal("New")
            self.state.now = late
            self.state.edit("Opportunity", new, Amount=6.0)

    def connector(self, mapping: Mapping | None = None, **more: Any) -> Connector:
        connection = Connection(url=self.url, password_env="X", **{**self.said, **more})
        shipped = load_mapping(ROOT / "pipelines" / "defaults" / "connectors" / f"{self.kind}.yaml")
        return CONNECTORS[self.kind](Access("crm", connection, Path(), self.secret), mapping or shipped)


@contextmanager
def standing(kind: str, patch: pytest.MonkeyPatch, deals: int = 40) -> Iterator[Standing]:
    patch.setattr(http, "BACKOFF_SECONDS", 0)
    if kind == "odoo":
        company = Company(START - timedelta(days=20), random.Random(1))
        for _ in range(deals):
            lead = company.open()
            company.move(lead)
        server = Odoo(company.data, {"admin": {ALL_LEADS, SETTINGS}})
        with odoo(server) as url:
            yield Standing(kind, company, server, url, {"user": "admin", "database": "odoo", "page_size": 7}, server.secret)
    elif kind == "hubspot":
        world = World(START - timedelta(days=3))
        first(world, deals)
        world.now = START - timedelta(hours=2)
        with hubspot(world) as served:
            yield Standing(kind, world, served, served.url, {}, TOKEN)
    else:
        org = organization(deals)
        with salesforce(org) as fake:
            yield Standing(kind, org, fake, fake.url, {"user": CLIENT}, SECRET)


def keys_of(rows: Rows) -> list[str]:
    return sorted(str(row.get("id") or row.get("Id")) for row in rows)


def read(
    connector: Connector, cursor: str | None, moment: datetime, again: Again = NOTHING
) -> tuple[list[tuple[str, dict[str, Rows]]], str | None]:
    """Each extraction of a night: its kind, and its rows by object; and the cursor after it."""
    found, said = [], cursor
    for extraction in connector.extractions(cursor, moment, again):
        rows: dict[str, Rows] = {}
        for batch in extraction.batches:
            rows.setdefault(batch.object, []).extend(batch.rows.to_dicts())
        found.append((extraction.kind, rows))
        said = extraction.cursor()
    return found, said
