"""Which of Odoo's models are read, and how.

Belongs here: that list. Does not: fields (columns.py), or asking (reading.py).
"""

from collections.abc import Container
from dataclasses import dataclass

LEAD, MESSAGE, TRACKING, ACTIVITY = "crm.lead", "mail.message", "mail.tracking.value", "mail.activity"
STAGE_CHANGE = "_stage_change"  # derived, of the three above


@dataclass(frozen=True)
class Model:
    name: str
    domain: tuple = ()
    needs: str = ""  # read only where the model has this field
    is_translated: bool = True  # in the language of `connection`; else as Odoo itself calls things


# Small ones are read whole every night, before what refers to them.
WHOLE = (
    Model("crm.stage"),
    Model("crm.team"),
    Model("crm.lost.reason"),
    Model("crm.tag"),
    Model("res.users"),
    Model("res.company"),
    Model("res.currency"),
    Model("mail.activity.type", is_translated=False),  # an activity's kind is told by its type's own name …
    Model("mail.message.subtype", is_translated=False),  # … and a loss by its subtype's
)
CHANGED = (
    Model(LEAD),
    Model("res.partner"),
    Model("calendar.event", (("opportunity_id", "!=", False),), "opportunity_id"),  # other appointments are nobody's business
    Model("sale.order", (("opportunity_id", "!=", False),), "opportunity_id"),
)
OF_A_LEAD = (Model(MESSAGE), Model(TRACKING), Model(ACTIVITY))  # read lead by lead: whatever changed there, the whole thread
OF_A_THREAD = {*(model.name for model in OF_A_LEAD), STAGE_CHANGE}
OPTIONAL = {"sale.order", "calendar.event", ACTIVITY, TRACKING}  # what `connection: without` may name


def leads_changed(since: str, companies: list[int], read: Container[str]) -> list:
    """Leads of which anything that we read changed: itself, its thread, or what its derived columns are taken from.

    `message_ids` and `activity_ids` are joined by Odoo without asking for rights to each message, so nothing hides here.
    """
    paths = (
        "write_date", "message_ids.write_date", "stage_id.write_date", "lost_reason_id.write_date", "partner_id.write_date",
        "partner_id.parent_id.write_date", *(["activity_ids.write_date"] if ACTIVITY in read else []),
    )  # fmt: skip
    leaves: list = [(path, ">=", since) for path in paths]
    if companies:
        leaves.append(("company_id", "in", companies))
    return ["|"] * (len(leaves) - 1) + leaves
