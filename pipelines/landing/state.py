"""Which deliveries the models see, and why not the others: a pure function of the manifest.

Belongs here: revoked, held, superseded, live, in the order docs/ledger.md says. Does not: which of two claims wins (claims.py), dates.
"""

from collections import defaultdict

from pipelines.landing.claims import hold_conflicts, supersede_parses, supersede_revisions
from pipelines.landing.delivery_state import CONFLICT, DeliveryState
from pipelines.landing.manifest import Entry

__all__ = ["DeliveryState", "delivery_states"]


def delivery_states(entries: list[Entry]) -> list[DeliveryState]:
    """One state per delivery entry, in manifest order."""
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
    return states


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
