"""Which deliveries the models see, and why not the others: a pure function of the manifest.

Belongs here: revoked, superseded, held, live, exactly as docs/ledger.md says. Does not: reading content, as-of dates (delivery_table.py).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from pipelines.landing.manifest import Entry


@dataclass
class DeliveryState:
    """One delivery entry with its state: state_code live | held | superseded | revoked; reasons are messages as dicts."""

    entry: Entry
    state_code: str = "live"
    reasons: list[dict[str, Any]] = field(default_factory=list)
    is_accepted: bool = False

    @property
    def id(self) -> str:
        return self.entry["delivery_id"]

    @property
    def name(self) -> str | None:
        return self.entry["original"] and self.entry["original"]["name"]

    @property
    def arrival_order(self) -> tuple[str, str]:
        """The workbook's own saved time, else the mtime noted at arrival, then the hash; never the order of loading."""
        original = self.entry["original"]
        if not original:
            return (self.entry["delivered_at"], self.id)
        return (original["saved_at"] or original["modified_at"], original["sha256"])

    def become(self, state_code: str, **reason: Any) -> None:
        self.state_code = state_code
        self.reasons.append(reason)


def delivery_states(entries: list[Entry]) -> list[DeliveryState]:
    """One state per delivery entry, in manifest order."""
    states = [DeliveryState(entry) for entry in entries if entry["kind"] == "delivery"]
    words: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry["kind"] in ("revoke", "restore", "accept"):
            words[entry["delivery_id"]].append(entry)
    for state in states:
        said = words[state.id]
        state.is_accepted = any(entry["kind"] == "accept" for entry in said)
        turns = [entry for entry in said if entry["kind"] in ("revoke", "restore")]
        if turns and turns[-1]["kind"] == "revoke":
            state.become("revoked", code="revoked", why=turns[-1]["why"])
        elif state.entry["holds"] and not state.is_accepted:
            state.become("held")
            state.reasons = list(state.entry["holds"])
    _supersede_earlier_parses(states)
    _supersede_revisions(states)
    _hold_conflicts(states)
    return states


def _supersede_earlier_parses(states: list[DeliveryState]) -> None:
    """A parse supersedes earlier parses of the same original with another mapping (a held parse does not)."""
    parses: dict[tuple, list[DeliveryState]] = defaultdict(list)
    for state in states:
        if state.entry["original"] and state.state_code in ("live", "held"):
            parses[state.entry["source"], state.name, state.entry["original"]["sha256"]].append(state)
    for group in parses.values():
        live = [state for state in group if state.state_code == "live"]
        if not live:
            continue
        latest = max(live, key=lambda state: state.entry["sequence"])
        for state in group:
            if state.entry["mapping_version"] != latest.entry["mapping_version"] and state.entry["sequence"] < latest.entry["sequence"]:
                state.become("superseded", code="superseded", by=latest.id)


def _supersede_revisions(states: list[DeliveryState]) -> None:
    """Same file name, scope and declared date: the later saved one counts."""
    groups: dict[tuple, list[DeliveryState]] = defaultdict(list)
    for state in states:
        entry = state.entry
        if state.state_code == "live" and entry["declared_date"] and state.name:
            groups[entry["source"], state.name, entry["scope"], entry["declared_date"]].append(state)
    for group in groups.values():
        latest = max(group, key=lambda state: state.arrival_order)
        for state in group:
            if state is not latest:
                state.become("superseded", code="superseded", by=latest.id)


def _hold_conflicts(states: list[DeliveryState]) -> None:
    """Another file name with the same scope and declared date: the later is held, unless somebody accepted it."""
    groups: dict[tuple, list[DeliveryState]] = defaultdict(list)
    for state in states:
        entry = state.entry
        if state.state_code == "live" and entry["declared_date"] and state.name and entry["delivery_kind"] == "full":
            groups[entry["source"], entry["scope"], entry["declared_date"]].append(state)
    for group in groups.values():
        if len({state.name for state in group}) < 2:
            continue
        chosen = min(group, key=lambda state: (not state.is_accepted, *state.arrival_order))
        for state in group:
            if state is not chosen and chosen.is_accepted:
                state.become("superseded", code="superseded", by=chosen.id)
            elif state is not chosen:
                state.become("held", code="FNL-302", name=state.name, other=chosen.name, date=state.entry["declared_date"])
