"""A company that reads the fake organization by the shipped mapping, and an organization with a past.

Belongs here: both. Does not: what happens at night (life.py), or expected values.
"""

import random
import shutil
from datetime import datetime
from pathlib import Path

from pipelines.settings.company import CompanyFolder
from pipelines.settings.load import load_company
from tests.integration.conftest import ROOT
from tests.integration.connect.salesforce.org import STAGES, Org
from tests.integration.connect.salesforce.server import CLIENT, Fake

FIRST = datetime(2026, 3, 1, 18, 30)
VARIABLE = "FUNNEL_SALESFORCE_SECRET"
SETTINGS = """
company: Nights
time_zone: Asia/Taipei
base_currency: TWD
sources:
  nightly: &crm
    kind: salesforce
    mapping: mappings/crm.yaml
    connection: {{url: "{url}", user: "{user}", password_env: {variable}}}
  once: *crm
"""


def company(root: Path, fake: Fake) -> CompanyFolder:
    for name in ("mappings", "playbook", "inbox"):
        (root / name).mkdir(parents=True)
    shutil.copy(ROOT / "pipelines" / "defaults" / "connectors" / "salesforce.yaml", root / "mappings" / "crm.yaml")
    (root / "funnel.yaml").write_text(SETTINGS.format(url=fake.url, user=CLIENT, variable=VARIABLE), encoding="utf-8")
    return load_company(root)


def organization(deals: int = 40) -> Org:
    """Made a month before the first night: deals with lines, people, calls and meetings, one of each deleted."""
    chance = random.Random(7)
    org = Org(datetime(2026, 2, 1, 9, 0))
    products = [org.create("Product2", Name=f"Product {number}", Family="Machines", IsActive=True) for number in range(3)]
    accounts = [org.create("Account", Name=f"客戶 {number}", OwnerId=org.user) for number in range(6)]
    people = [org.create("Contact", Name=f"Person {number}", AccountId=key, OwnerId=org.user) for number, key in enumerate(accounts)]
    for number in range(deals):
        org.advance(minutes=chance.choice([0, 0, 3]))
        place = number % len(accounts)
        key = org.deal(f'Deal {number}\n"{number}", 100%', AccountId=accounts[place], ContactId=people[place], Amount=number * 1e6)
        org.create("OpportunityLineItem", OpportunityId=key, Product2Id=products[number % 3], Quantity=2.0, UnitPrice=5.5, TotalPrice=11.0)
        if number % 3 == 0:
            org.create("Task", Subject="Call", WhatId=key, WhoId=people[place], AccountId=accounts[place], OwnerId=org.user, IsClosed=True,
                       TaskSubtype="Call", CallType="Outbound", CallDurationInSeconds=90, ActivityDate="2026-02-01",
                       IsArchived=number == 6)  # fmt: skip
        if number % 5 == 0:
            org.create("Event", Subject="Visit", WhatId=key, OwnerId=org.user, DurationInMinutes=60,
                       StartDateTime="2026-03-05T02:00:00.000Z", EndDateTime="2026-03-05T03:00:00.000Z")  # fmt: skip
        if number % 4 == 0:
            org.advance(minutes=1)
            org.edit("Opportunity", key, **org.in_stage(chance.choice(list(STAGES))))
    org.create("Lead", Name="A lead", Company="New", Status="Open")
    org.delete("Opportunity", next(iter(org.records["Opportunity"])))
    return org
