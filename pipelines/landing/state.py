"""Which deliveries the models see, and why not the others: a pure function of the manifest.

Belongs here: revoked, held, superseded, ended, live, as docs/ledger.md says. Does not: which of two claims wins (claims.py).
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from pipelines.landing.claims import hold_conflicts, supersede_parses, supersede_revisions
from pipelines.landing.delivery_state import CONFLICT, DeliveryState, after_end
from pipelines.landing.manifest import Entry

__all__ = ["DeliveryState", "delivery_states"]


def delivery_states(entries: list[Entry], ends: Mapping[str, date] | None = None) -> list[DeliveryState]:
    """One state per delivery entry, in manifest order. `ends`: source -> last date that counts (Company.ends)."""
    states = [DeliveryState(entry) for entry in entries if entry["kind"] == "delivery"]
    words: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry["kind"] in ("revoke", "restore", "accept", "again"):
            words[entry["delivery_id"]].append(entry)
    for state in states:
        _hear(state, words[state.id])
    supersede_parses(states)
    supersede_revisions(states)
    hold_conflicts(states)
    for state in states:
        _end(state, (ends or {}).get(state.entry["source"]))
    return states


def _end(state: DeliveryState, last: date | None) -> None:
    """Dated after its source's last day it counts for nothing, whatever holds it. Said last: parses and revisions come before."""
    if last and state.state_code in ("live", "held") and date.fromisoformat(state.entry["delivered_date"]) > last:
        state.reasons.clear()
        state.become("ended", **after_end(state.entry["source"], state.name, state.entry["delivered_date"], last))


def _hear(state: DeliveryState, said: list[Entry]) -> None:
    """What people said of this delivery alone: the last revoke or restore counts; an accept ends the reasons it was said of."""
    accepted: set[str] = set()
    state.parsed_at = state.sequence
    turn: Entry | None = None
    for entry in said:
        if entry["kind"] == "accept":
            state.is_accepted = True
            accepted.update(entry["codes"])
            if CONFLICT in entry["codes"]:
                state.conflict_settled_at = entry["sequence"]
        elif entry["kind"] == "again":
            state.parsed_at = entry["sequence"]
        else:
            turn = entry
    holds = [hold | {"delivery_id": state.id} for hold in state.entry["holds"] if hold["code"] not in accepted]
    if turn and turn["kind"] == "revoke":
        state.become("revoked", code="revoked", why=turn["why"])
    elif holds:
        state.state_code, state.reasons = "held", holds
