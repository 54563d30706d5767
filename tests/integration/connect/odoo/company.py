"""A small made-up Odoo that lives: leads are opened, moved, won, lost, restored, merged, unlinked; stages renamed; clocks are off by five minutes.

Belongs here: its records and what people do to them. Does not: serving them (server.py), or any assertion.
"""

import random
from datetime import datetime, timedelta

from tests.integration.connect.odoo.search import Database

TYPES = {
    "crm.stage": {"name": "char", "is_won": "boolean"},
    "crm.team": {"name": "char", "active": "boolean", "user_id": "res.users"},
    "crm.lost.reason": {"name": "char", "active": "boolean"},
    "crm.tag": {"name": "char"},
    "res.users": {"partner_id": "res.partner", "login": "char", "active": "boolean"},
    "res.company": {"name": "char", "currency_id": "res.currency"},
    "res.currency": {"name": "char", "active": "boolean"},
    "mail.activity.type": {"name": "char", "category": "selection", "active": "boolean"},
    "mail.message.subtype": {"name": "char", "res_model": "char"},
    "crm.lead": {
        "name": "char", "type": "selection", "active": "boolean", "probability": "float", "stage_id": "crm.stage", "user_id": "res.users",
        "team_id": "crm.team", "partner_id": "res.partner", "company_id": "res.company", "lost_reason_id": "crm.lost.reason",
        "expected_revenue": "monetary", "date_deadline": "date", "date_closed": "datetime", "partner_name": "char", "email_from": "char",
        "phone": "char", "website": "char", "x_segment": "selection",
    },
    "res.partner": {
        "name": "char", "active": "boolean", "parent_id": "res.partner", "commercial_partner_id": "res.partner", "user_id": "res.users", "vat": "char",
        "website": "char", "city": "char", "function": "char", "email": "char", "phone": "char",
    },
    "calendar.event": {
        "name": "char", "description": "html", "start": "datetime", "location": "char", "active": "boolean", "user_id": "res.users",
        "opportunity_id": "crm.lead",
    },
    "mail.message": {
        "model": "char", "res_id": "many2one_reference", "date": "datetime", "subject": "char", "body": "html", "message_type": "selection",
        "subtype_id": "mail.message.subtype", "mail_activity_type_id": "mail.activity.type", "author_id": "res.partner",
    },
    "mail.tracking.value": {
        "field_id": "ir.model.fields", "mail_message_id": "mail.message", "old_value_integer": "integer", "new_value_integer": "integer",
        "old_value_char": "char", "new_value_char": "char",
    },
    "mail.activity": {
        "res_model": "char", "res_id": "many2one_reference", "summary": "char", "note": "html", "date_deadline": "date", "active": "boolean",
        "activity_type_id": "mail.activity.type", "user_id": "res.users",
    },
    "ir.model.fields": {"model": "char", "name": "char"},
}  # fmt: skip
LOGGED = {"create_date": "datetime", "write_date": "datetime", "create_uid": "res.users", "write_uid": "res.users"}
STAGES = [("New", False), ("Qualified", False), ("Proposal", False), ("Won", True)]
STAGE_FIELD = 77


def _described(types: dict[str, str]) -> dict[str, dict]:
    said = {
        name: {"type": "many2one", "relation": kind, "store": True} if "." in kind else {"type": kind, "store": True}
        for name, kind in (types | LOGGED).items()
    }
    return {"id": {"type": "integer", "store": True}, "display_name": {"type": "char", "store": False}, **said}


class Company:
    """`now` is the clock of its server. Its many2one fields hold ids; search.py shows the name as it is when asked."""

    def __init__(self, now: datetime, chance: random.Random) -> None:
        self.now, self.chance, self.counter = now, chance, 0
        self.data = Database({model: _described(types) for model, types in TYPES.items()}, {model: {} for model in TYPES})
        self.data.rows["ir.model.fields"][STAGE_FIELD] = {"id": STAGE_FIELD, "model": "crm.lead", "name": "stage_id"}
        self.currency = self.add("res.currency", name="EUR", active=True)
        self.company = self.add("res.company", name="Home", currency_id=self.currency)
        for name, is_won in STAGES:
            self.add("crm.stage", name=name, is_won=is_won)
        self.partner = self.add("res.partner", name="Anna", active=True, commercial_partner_id=False)
        self.add("res.users", login="admin", partner_id=self.partner, active=True)
        self.add("res.users", login="own", partner_id=self.partner, active=True)
        self.add("crm.team", name="Sales", active=True)
        self.reason = self.add("crm.lost.reason", name="Too dear", active=True)
        self.call = self.add("mail.activity.type", name="Call", category="phonecall", active=True)
        for name in ("Opportunity Lost", "Opportunity Restored", "Stage Changed"):
            self.add("mail.message.subtype", name=name, res_model="crm.lead")

    def add(self, model: str, /, **values: object) -> int:
        self.counter += 1
        key, at = self.counter, self.at()
        empty = dict.fromkeys(self.data.fields[model], False)
        self.data.rows[model][key] = empty | {"id": key, "create_date": at, "write_date": at, "create_uid": 0, "write_uid": 0} | values
        return key

    def at(self) -> str:
        return self.now.isoformat(sep=" ", timespec="seconds")

    def write(self, model: str, key: int, /, **values: object) -> None:
        self.data.rows[model][key].update(values, write_date=self.at())

    def leads(self, **where: object) -> list[int]:
        return [key for key, row in self.data.rows["crm.lead"].items() if all(row[name] == value for name, value in where.items())]

    def subtype(self, name: str) -> int:
        return next(key for key, row in self.data.rows["mail.message.subtype"].items() if row["name"] == name)

    def say(self, lead: int, **values: object) -> int:
        told = {"message_type": "notification", "author_id": self.partner, "body": "", "date": self.at()} | values
        return self.add("mail.message", model="crm.lead", res_id=lead, **told)

    def open(self) -> int:
        firm = self.add("res.partner", name=f"Firm {self.counter}", active=True)
        self.write("res.partner", firm, commercial_partner_id=firm)
        kind = self.chance.choice(["opportunity", "opportunity", "lead"])
        values = {
            "probability": 10.0,
            "stage_id": min(self.data.rows["crm.stage"]),
            "partner_id": firm,
            "expected_revenue": float(self.counter),
        }
        return self.add("crm.lead", name=f"Deal {self.counter}", type=kind, active=True, company_id=self.company, **values)

    def move(self, lead: int) -> None:
        row, stages = self.data.rows["crm.lead"][lead], self.data.rows["crm.stage"]
        to = self.chance.choice([key for key in stages if key != row["stage_id"]])
        message = self.say(lead, subtype_id=self.subtype("Stage Changed"))
        was = row["stage_id"]
        self.add(
            "mail.tracking.value", mail_message_id=message, field_id=STAGE_FIELD, old_value_integer=was, new_value_integer=to,
            old_value_char=stages[was]["name"], new_value_char=stages[to]["name"],
        )  # fmt: skip
        closed = row["date_closed"] if not row["active"] else self.at() if stages[to]["is_won"] else False  # a lost lead stays lost
        self.write("crm.lead", lead, stage_id=to, date_closed=closed)

    def lose(self, lead: int) -> None:
        self.write("crm.lead", lead, active=False, probability=0.0, lost_reason_id=self.reason, date_closed=self.at())
        self.say(lead, subtype_id=self.subtype("Opportunity Lost"))

    def restore(self, lead: int) -> None:
        self.write("crm.lead", lead, active=True, probability=20.0, lost_reason_id=False, date_closed=False)
        self.say(lead, subtype_id=self.subtype("Opportunity Restored"))

    def note(self, lead: int) -> None:
        """The lead itself is not written."""
        self.say(lead, message_type=self.chance.choice(["comment", "email"]), body=f"<p>Word {self.counter}</p>")

    def plan(self, lead: int) -> None:
        self.add(
            "mail.activity",
            res_model="crm.lead",
            res_id=lead,
            summary="Call",
            activity_type_id=self.call,
            active=True,
            date_deadline="2026-05-01",
        )

    def do(self, lead: int) -> None:
        """What was planned becomes a message, and is gone."""
        for key in [key for key, row in self.data.rows["mail.activity"].items() if row["res_id"] == lead][:1]:
            del self.data.rows["mail.activity"][key]
            self.say(lead, mail_activity_type_id=self.call, body="<p>Called</p>")

    def meet(self, lead: int) -> None:
        self.add("calendar.event", name="Meeting", start=self.at(), active=True, opportunity_id=lead)

    def merge(self, lead: int) -> None:
        """Its thread goes to another lead, it is gone."""
        others = [key for key in self.leads() if key != lead]
        into = self.chance.choice(others)
        for model in ("mail.message", "mail.activity"):
            for key in [key for key, row in self.data.rows[model].items() if row["res_id"] == lead]:
                self.write(model, key, res_id=into)
        for key in [key for key, row in self.data.rows["calendar.event"].items() if row["opportunity_id"] == lead]:
            self.write("calendar.event", key, opportunity_id=into)
        self.write("crm.lead", into, expected_revenue=self.data.rows["crm.lead"][into]["expected_revenue"] + 1)
        self.unlink(lead)

    def unlink(self, lead: int) -> None:
        gone = {key for key, row in self.data.rows["mail.message"].items() if row["res_id"] == lead}
        for model, field, keys in (
            ("mail.tracking.value", "mail_message_id", gone), ("mail.message", "res_id", {lead}), ("mail.activity", "res_id", {lead}),
            ("crm.lead", "id", {lead}),
        ):  # fmt: skip
            for key in [key for key, row in self.data.rows[model].items() if row[field] in keys]:
                del self.data.rows[model][key]

    def convert(self, lead: int) -> None:
        self.write("crm.lead", lead, type="opportunity")

    def put_under(self, lead: int) -> None:
        """The lead's partner becomes a person of another firm: the lead is not written, its customer changes."""
        partner, firm = self.data.rows["crm.lead"][lead]["partner_id"], self.add("res.partner", name=f"Group {self.counter}", active=True)
        self.write("res.partner", firm, commercial_partner_id=firm)
        self.write("res.partner", partner, parent_id=firm, commercial_partner_id=firm)

    def rename_a_stage(self, lead: int) -> None:
        self.write("crm.stage", self.data.rows["crm.lead"][lead]["stage_id"], name=f"Stage {self.counter}")

    def live(self, moment: datetime, deeds: int) -> None:
        """Some deeds before `moment`, by a clock that is off by up to five minutes."""
        common = [self.move, self.move, self.note, self.note, self.plan, self.do, self.meet, self.lose]
        seldom = [self.restore, self.merge, self.unlink, self.convert, self.put_under, self.rename_a_stage]
        for _ in range(deeds):
            self.now = moment - timedelta(minutes=self.chance.choice([0, 1, 1, 30]) - self.chance.randint(-5, 5))
            leads = self.leads()
            if len(leads) < 5 or self.chance.random() < 0.2:
                self.open()
            else:
                self.chance.choice(common * 2 + seldom)(self.chance.choice(leads))
