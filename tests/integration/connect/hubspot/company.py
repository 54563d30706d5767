"""The company of the HubSpot tests: what it holds at first, and a day of its life.

Belongs here: drawing events, and the folder that reads it. Does not: what the events do (world.py), or expected values.
"""

import random
import shutil
from datetime import timedelta
from pathlib import Path

from pipelines.settings.company import CompanyFolder
from pipelines.settings.load import load_company
from tests.integration.conftest import ROOT
from tests.integration.connect.hubspot.world import World, iso

STAGES = ("s1", "s2", "s3", "won", "lost")


def first(world: World, deals: int = 40) -> None:
    companies = [world.create("companies", name=f"Company {number}", hubspot_owner_id="71") for number in range(8)]
    contacts = [world.create("contacts", firstname=f"Person {n}", lastname="Wu", associatedcompanyid=companies[n % 8]) for n in range(12)]
    world.create("products", name="Robot", price="1000")
    for number in range(deals):
        new_deal(world, number, companies[number % 8], contacts[number % 12])


def new_deal(world: World, number: int, company: str, contact: str) -> str:
    deal = world.create(
        "deals", dealname=f"Deal {number}", amount=str(100 + number), dealstage="s1", pipeline="default", hubspot_owner_id="72"
    )
    world.link("deals", deal, "companies", company, "Primary")
    world.link("deals", deal, "contacts", contact, "Decision maker")
    item = world.create("line_items", name="Robot", quantity="2", price="50", amount="100")
    world.link("line_items", item, "deals", deal)
    call = world.create("calls", hs_call_title="Ring", hs_call_body="<p>Said&nbsp;yes</p>", hs_call_status="COMPLETED", hs_call_direction="OUTBOUND",
                        hs_call_disposition="f240bbac", hs_call_duration="90000", hs_timestamp=iso(world.now), hs_createdate=iso(world.now),
                        hubspot_owner_id="72", hs_created_by_user_id="903")  # fmt: skip
    world.link("calls", call, "deals", deal)
    return deal


def one_event(world: World, chance: random.Random) -> str:  # noqa: C901 - a list of what may happen
    """One thing that happens, at a clock that is off by up to five minutes. Returns its name."""
    world.skew = timedelta(minutes=chance.randint(-5, 5))
    deals = [record.id for record in world.live("deals")]
    kind = chance.choice(("deals", "companies", "contacts", "calls", "line_items"))
    live, binned = [record.id for record in world.live(kind)], [one.id for one in world.records[kind].values() if one.is_archived]
    what = chance.choice(("create", "create", "move", "move", "move", "change", "bulk", "archive", "restore", "restore", "purge", "merge"))
    if what == "create":
        companies, contacts = world.live("companies"), world.live("contacts")
        new_deal(world, chance.randint(100, 999), chance.choice(companies).id, chance.choice(contacts).id)
    elif what == "move":
        stage = chance.choice([stage for stage in STAGES if stage in world.stages])
        world.change("deals", chance.choice(deals), dealstage=stage, closedate=iso(world.now))
    elif what == "change":
        names = {"deals": "dealname", "companies": "name", "contacts": "lastname", "calls": "hs_call_title", "line_items": "amount"}
        world.change(kind, chance.choice(live), **{names[kind]: str(chance.randint(1, 9999))})
    elif what == "bulk":
        for key in chance.sample(deals, min(len(deals), 17)):  # one instant for many
            world.change("deals", key, custom_purpose=str(chance.randint(1, 5)))
    elif what == "archive" and len(live) > 5:
        world.archive(kind, chance.choice(live))
    elif what == "restore" and binned:
        world.restore(kind, chance.choice(binned))
    elif what == "purge" and binned:
        world.purge(kind, chance.choice(binned))
    elif what == "purge" and kind == "calls" and len(live) > 10:
        world.purge(kind, chance.choice(live))  # by law, without the bin
    elif what == "merge" and kind in ("deals", "companies") and len(live) > 4:
        world.merge(kind, *chance.sample(live, 2), into_new=chance.random() < 0.5)
    else:
        return "nothing"
    return what


def company_folder(root: Path, url: str, *sources: str) -> CompanyFolder:
    """The example, with these sources in place of its own: the same account, read apart."""
    shutil.copytree(ROOT / "examples" / "hubspot_crm", root, ignore=shutil.ignore_patterns("data"))
    (root / "mappings").mkdir()
    shutil.copy(ROOT / "pipelines" / "defaults" / "connectors" / "hubspot.yaml", root / "mappings" / "crm.yaml")  # for tests that change it
    settings = root / "funnel.yaml"
    head = settings.read_text(encoding="utf-8").split("sources:")[0]
    said = f"{{kind: hubspot, mapping: mappings/crm.yaml, connection: {{url: '{url}', password_env: FUNNEL_HUBSPOT_TOKEN}}}}"
    settings.write_text(head + "sources:\n" + "".join(f"  {name}: {said}\n" for name in sources), encoding="utf-8")
    return load_company(root)
