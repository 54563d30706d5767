"""What an Odoo shows of itself to this user.

Belongs here: rights, counts and the clock, by the smallest calls. Does not: reading records (reading.py).
"""

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.diagnosis import Clock, Diagnosis, date_told, pages
from pipelines.extract.mapping import Mapping
from pipelines.extract.odoo.columns import names_of
from pipelines.extract.odoo.connector import ALL_LEADS, NO_HISTORY, OdooConnector
from pipelines.extract.odoo.derived import DERIVED
from pipelines.extract.odoo.history import TYPES as STAGE_CHANGE_TYPES
from pipelines.extract.odoo.keys import LEADS, PAGE
from pipelines.extract.odoo.models import ACTIVITY, CHANGED, LEAD, MESSAGE, OF_A_LEAD, OPTIONAL, STAGE_CHANGE, TRACKING, WHOLE, Model
from pipelines.extract.odoo.reading import SPOKEN, fields_of
from pipelines.extract.odoo.rpc import READ, NotThere, Rpc
from pipelines.messages.catalogue import FunnelError, Message

COUNTED = {
    MESSAGE: [("model", "=", LEAD), SPOKEN],
    ACTIVITY: [("res_model", "=", LEAD)],
    TRACKING: [("mail_message_id.model", "=", LEAD)],
}

MADE = {TRACKING: (STAGE_CHANGE,)}


def diagnose_odoo(found: Diagnosis, access: Access, mapping: Mapping, now: Clock) -> None:
    """Raises FunnelError when we are not let in."""
    without = OdooConnector(access, mapping).without
    rpc = Rpc(access)
    rpc.sign_in()
    found.user = f"{access.connection.user} (Odoo {rpc.major})"
    _tell_time(found, access, rpc, now)
    if not rpc.has_group(ALL_LEADS):
        seen = _count(rpc, Model(LEAD))
        why = f"this user sees {seen} leads; he is not in {ALL_LEADS}, and a record rule shows others their own leads"
        found.faults.append(access.refused("FNL-265", why).message)
    for model in (*WHOLE, *CHANGED, *OF_A_LEAD):
        if model.name in without:
            found.see(mapping, model.name, None, MADE.get(model.name, ()))
        else:
            _look(found, access, mapping, rpc, model)
    if TRACKING not in without:
        found.compare(access, mapping, STAGE_CHANGE, STAGE_CHANGE_TYPES)
    if without:
        said = {"source": access.source, "place": access.place(), "objects": ", ".join(sorted(without))}
        found.notes.append(Message("FNL-266", {**said, "cost": NO_HISTORY if TRACKING in without else ""}))
    found.calls = _calls(found)


def _look(found: Diagnosis, access: Access, mapping: Mapping, rpc: Rpc, model: Model) -> None:
    try:
        types = fields_of(rpc, model)
        if model.needs and model.needs not in types:
            return
        found.see(mapping, model.name, _count(rpc, model), MADE.get(model.name, ()))
    except NotThere:
        if model.name not in OPTIONAL:
            found.faults.append(access.refused("FNL-258", f"this Odoo has no {model.name}: its CRM is not installed").message)
        return
    except FunnelError as error:
        found.see(mapping, model.name, None, MADE.get(model.name, ()))
        hides_history = model.name == TRACKING and error.message.code == "FNL-264"
        found.faults.append(Message("FNL-279", error.message.values) if hides_history else error.message)
        return
    made = [name for name, rule in DERIVED.get(model.name, {}).items() if all(need in types for need in rule.needs)]
    found.compare(access, mapping, model.name, [*names_of(types), *made])


def _count(rpc: Rpc, model: Model) -> int:
    return int(rpc.call(model.name, "search_count", [COUNTED.get(model.name, list(model.domain))], context=READ))


def _tell_time(found: Diagnosis, access: Access, rpc: Rpc, now: Clock) -> None:
    question = {"jsonrpc": "2.0", "method": "call", "params": {"service": "common", "method": "version", "args": []}, "id": 0}
    before = now()
    reply = rpc.http.send("POST", f"{access.connection.url.rstrip('/')}/jsonrpc", json=question)
    if stated := date_told(reply.headers.get("Date")):
        found.tell_time(access, stated, before, now())


def _calls(found: Diagnosis) -> int:
    """A quiet night: who we are, fields and changes of each object; then the keys, and the threads of so many leads at a time."""
    counts = {sight.object: sight.records or 0 for sight in found.objects}
    listed = sum(pages(counts.get(model.name, 0), PAGE) + 1 for model in CHANGED if model.name in counts)
    return 4 + 3 * len(counts) + listed + 4 * pages(counts.get(LEAD, 0), LEADS) + pages(counts.get(MESSAGE, 0), PAGE)
