"""Columns that no field of Odoo holds, by Odoo's own rules; their names begin with `_` (docs/sources/odoo.md lists them).

Belongs here: those rules. Does not: stage history (history.py), or what a company makes of a column (its mapping).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from pipelines.extract.connect.text_of_html import text_of_html
from pipelines.extract.odoo.models import ACTIVITY, LEAD, MESSAGE

LOST, RESTORED = "Opportunity Lost", "Opportunity Restored"
WRITTEN = {"email": "email", "comment": "note"}  # message_type: kind


@dataclass
class Known:
    """What the small models say, for those that refer to them."""

    stages: dict[int, tuple[str, bool]] = field(default_factory=dict)  # id: name, is_won
    currencies: dict[int, str] = field(default_factory=dict)  # of a company
    users: dict[int, int] = field(default_factory=dict)  # partner: user
    partners: dict[int, str] = field(default_factory=dict)  # names of users
    customers: dict[int, int] = field(default_factory=dict)  # partner: commercial partner, of the leads at hand
    kinds: dict[int, str] = field(default_factory=dict)  # activity type: call | meeting | email | task
    stage_field: int = 0  # its id among Odoo's fields: tracked changes name it so
    closings: dict[int, str] = field(default_factory=dict)  # message subtype: LOST or RESTORED

    def note(self, model: str, rows: list[dict]) -> None:
        if model == "crm.stage":
            self.stages = {row["id"]: (row["name"], row["is_won"]) for row in rows}
        elif model == "res.company":
            self.currencies = {row["id"]: row["currency_id"][1] for row in rows if row["currency_id"]}
        elif model == "res.users":
            self.users = {id_of(row["partner_id"]): row["id"] for row in sorted(rows, key=lambda row: -row["id"])}
        elif model == "mail.activity.type":
            self.kinds = {row["id"]: _kind_of_type(row) for row in rows}
        elif model == "mail.message.subtype":
            self.closings = {row["id"]: row["name"] for row in rows if row["res_model"] == LEAD and row["name"] in (LOST, RESTORED)}


def id_of(value: list | bool | int) -> int:
    """Of a many2one, or of a plain id; 0 where there is none."""
    return value[0] if isinstance(value, list) else int(value)


def state_of(lead: dict, known: Known) -> str:
    """Odoo keeps a lost lead in its stage: not active and without probability. Not active alone is put away."""
    if not lead["active"]:
        return "archived" if lead["probability"] > 0 else "lost"
    return "won" if known.stages.get(id_of(lead["stage_id"]), ("", False))[1] else "open"


def stage_of(lead: dict) -> str | None:
    return (lead["stage_id"] or [0, None])[1] or None


def _customer(lead: dict, known: Known) -> int:
    partner = id_of(lead["partner_id"])
    return known.customers.get(partner, partner)


def _kind_of_type(type_: dict) -> str:
    if type_["category"] in ("phonecall", "meeting"):
        return {"phonecall": "call"}.get(type_["category"], "meeting")
    return "email" if "Email" in (type_["name"] or "") else "task"


def _kind(message: dict, known: Known) -> str | None:
    """What was done: an activity marked done, a letter received, a note. Nothing for Odoo's own notices."""
    if message["mail_activity_type_id"]:
        return known.kinds.get(id_of(message["mail_activity_type_id"]), "task")
    return WRITTEN.get(message["message_type"])


def _text(field_name: str) -> Callable[[dict, Known], str | None]:
    return lambda row, known: text_of_html(row[field_name]) if row.get(field_name) else None


def _key(word: str) -> Callable[[dict, Known], str | None]:
    """Activities come from three models whose ids overlap."""
    return lambda row, known: f"{word}:{row['id']}"


@dataclass(frozen=True)
class Derived:
    needs: tuple[str, ...]  # fields it is made of
    value: Callable[[dict, Known], str | None]


def _or_none(number: int) -> str | None:
    return str(number) if number else None


DERIVED: dict[str, dict[str, Derived]] = {
    LEAD: {
        "_state": Derived(("active", "probability", "stage_id"), state_of),
        "_stage_name": Derived(
            ("active", "probability", "stage_id"), lambda row, known: "Lost" if state_of(row, known) == "lost" else stage_of(row)
        ),
        "_currency_code": Derived(("company_id",), lambda row, known: known.currencies.get(id_of(row["company_id"]))),
        "_customer_id": Derived(("partner_id",), lambda row, known: _or_none(_customer(row, known))),
        "_contact_id": Derived(
            ("partner_id",),
            lambda row, known: _or_none(id_of(row["partner_id"]) if _customer(row, known) != id_of(row["partner_id"]) else 0),
        ),
    },
    "res.partner": {
        "_is_customer": Derived(
            ("commercial_partner_id",), lambda row, known: "true" if id_of(row["commercial_partner_id"]) == row["id"] else "false"
        )
    },
    "res.users": {"_name": Derived(("partner_id",), lambda row, known: known.partners.get(id_of(row["partner_id"])))},
    MESSAGE: {
        "_key": Derived((), _key("message")),
        "_kind": Derived(("mail_activity_type_id", "message_type"), _kind),
        "_direction": Derived(("message_type",), lambda row, known: "inbound" if row["message_type"] == "email" else None),
        "_user_id": Derived(("author_id",), lambda row, known: _or_none(known.users.get(id_of(row["author_id"]), 0))),
        "_text": Derived(("body",), _text("body")),
    },
    ACTIVITY: {
        "_key": Derived((), _key("activity")),
        "_kind": Derived(("activity_type_id",), lambda row, known: _planned(known.kinds.get(id_of(row["activity_type_id"]), "task"))),
        "_text": Derived(("note",), _text("note")),
    },
    "calendar.event": {"_key": Derived((), _key("event")), "_text": Derived(("description",), _text("description"))},
}


def _planned(kind: str) -> str:
    """A letter to be written is a task until it is written."""
    return "task" if kind == "email" else kind
