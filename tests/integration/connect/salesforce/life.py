"""What happens in the organization on a day, at random: everything that a connector may miss.

Belongs here: that. Does not: reading it, or faults of the network (test_salesforce_nights.py).
"""

import random
from datetime import datetime, timedelta

from tests.integration.connect.salesforce.org import STAGES, Org, stamp

DEEDS = ("create", "create", "stage", "stage", "amount", "line", "line away", "call", "meeting", "archive", "delete", "undelete", "purge",
         "merge", "person", "rename", "leave")  # fmt: skip


def live_a_day(org: Org, chance: random.Random, evening: datetime) -> None:
    for _ in range(chance.randint(4, 9)):
        # Several things share an instant; the server's clock is up to five minutes off, and a slow transaction's stamp is earlier than its commit.
        org.now = evening - timedelta(minutes=chance.choice([0, 0, 1, 30, 600]) - chance.randint(-5, 5), seconds=0)
        act(org, chance)


def act(org: Org, chance: random.Random) -> None:  # noqa: C901 (a list of deeds, read from top to bottom)
    deed = chance.choice(DEEDS)
    alive = [key for key, deal in org.records["Opportunity"].items() if not deal["IsDeleted"]]
    gone = [key for key, deal in org.records["Opportunity"].items() if deal["IsDeleted"]]
    accounts = [key for key, account in org.records["Account"].items() if not account["IsDeleted"]]
    if deed == "create":
        org.deal(f"New {next(org.numbers)}", AccountId=chance.choice(accounts), Amount=chance.choice([None, 5.0, 1.5e7, 1234.5]))
        org.create("OpportunityLineItem", OpportunityId=list(org.records["Opportunity"])[-1], Quantity=1.0, UnitPrice=2.0, TotalPrice=2.0)
    elif deed == "stage":
        key = chance.choice(alive)
        for _ in range(chance.randint(1, 2)):  # there and back within an instant
            org.edit("Opportunity", key, **org.in_stage(chance.choice(list(STAGES))))
    elif deed == "amount":
        org.edit("Opportunity", chance.choice(alive), Amount=float(chance.randint(1, 9)))
    elif deed == "line":
        org.create("OpportunityLineItem", OpportunityId=chance.choice(alive), Quantity=3.0, UnitPrice=1.0, TotalPrice=3.0)
    elif deed == "line away":
        lines = [key for key, line in org.records["OpportunityLineItem"].items() if not line["IsDeleted"]]
        org.delete("OpportunityLineItem", chance.choice(lines))
    elif deed == "call":
        org.create("Task", Subject="Call", WhatId=chance.choice(alive), IsClosed=True, TaskSubtype="Call", CompletedDateTime=stamp(org.now))
    elif deed == "meeting":
        begin = org.now + timedelta(days=chance.randint(-3, 9))
        said = {"StartDateTime": stamp(begin), "EndDateTime": stamp(begin + timedelta(hours=1)), "DurationInMinutes": 60}
        org.create("Event", Subject="Visit", WhatId=chance.choice(alive), **said)
    elif deed == "archive" and org.records["Task"]:
        org.edit("Task", chance.choice(list(org.records["Task"])), IsArchived=True)
    elif deed == "delete" and len(alive) > 20:
        org.delete("Opportunity", chance.choice(alive))
    elif deed == "undelete" and gone:
        org.undelete("Opportunity", chance.choice(gone))
    elif deed == "purge" and gone:
        org.purge("Opportunity", chance.choice(gone))
    elif deed == "merge" and len(accounts) > 3:
        org.merge(*chance.sample(accounts, 2))
    elif deed == "person":
        org.create("Contact", Name="New", AccountId=chance.choice(accounts))
        org.create("Account", Name="New", OwnerId=org.user)
    elif deed == "rename":
        org.edit("Account", chance.choice(accounts), Name=f"Renamed {next(org.numbers)}")
    elif deed == "leave":
        org.edit("User", org.user, IsActive=chance.random() < 0.5)
