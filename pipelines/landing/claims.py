"""Deliveries that claim one place: parses of one original, revisions of one file, two files for one scope and date.

Belongs here: which of them counts. Does not: what people said of one delivery (state.py).
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator

from pipelines.landing.delivery_state import CONFLICT, DeliveryState


def supersede_parses(states: list[DeliveryState]) -> None:
    """The parse asked for last supersedes the others of that original, once it is whole; where a part is held, the earlier one stays."""
    alive = [state for state in states if state.name and state.state_code in ("live", "held")]
    for parses in _grouped(alive, lambda state: (state.entry["source"], state.name, state.entry["original"]["sha256"])):
        by_version: dict[str, list[DeliveryState]] = defaultdict(list)
        for state in parses:
            by_version[state.entry["mapping_version"]].append(state)
        whole = [parts for parts in by_version.values() if _is_whole(parts) and any(part.state_code == "live" for part in parts)]
        if not whole:
            continue
        latest = max(whole, key=lambda parts: max(part.parsed_at for part in parts))
        held = {(part.entry["scope"], part.entry["declared_date"]) for part in latest if part.state_code == "held"}
        asked_at = max(part.parsed_at for part in latest)
        for state in parses:
            place = (state.entry["scope"], state.entry["declared_date"])
            if state not in latest and state.parsed_at < asked_at and place not in held:
                state.become("superseded", code="parse", by=latest[0].id)


def _is_whole(parts: list[DeliveryState]) -> bool:
    """Are all parts of the file there that this parse had? (One that was undone is not: then the earlier parse serves.)"""
    return {part.entry["part"]["number"] for part in parts} >= set(range(1, parts[0].entry["part"]["count"] + 1))


def supersede_revisions(states: list[DeliveryState]) -> None:
    """Same file name, scope and declared date: the one saved last counts. Without a file (a playbook, a publication): the one told last."""
    dated = [state for state in states if state.state_code == "live" and state.entry["declared_date"]]
    revisable = [state for state in dated if state.name or state.entry["delivery_kind"] == "full"]
    for group in _grouped(revisable, lambda state: (*_place(state), state.name)):
        latest = max(group, key=lambda state: (*state.arrival_order, state.parsed_at))
        for state in group:
            if state is not latest:
                state.become("superseded", code="revision", by=latest.id)


def hold_conflicts(states: list[DeliveryState]) -> None:
    """Another file name, full, with the same scope and declared date: the one saved later is held until somebody accepts it.

    An acceptance decides against those that stood when it was said; a file that comes after it is held again.
    """
    claims = [
        state
        for state in states
        if state.state_code == "live" and state.entry["declared_date"] and state.name and state.entry["delivery_kind"] == "full"
    ]
    for group in _grouped(claims, _place):
        if len(group) < 2:
            continue
        settled = max(group, key=lambda state: state.conflict_settled_at)
        kept = settled if settled.conflict_settled_at else min(group, key=lambda state: state.arrival_order)
        for state in group:
            if state is kept:
                continue
            if state.sequence < kept.conflict_settled_at:
                state.become("superseded", code="conflict", by=kept.id)
            else:
                state.become("held", code=CONFLICT, name=state.name, other=kept.name, date=state.entry["declared_date"])


def _place(state: DeliveryState) -> tuple[Hashable, ...]:
    return state.entry["source"], state.entry["scope"], state.entry["declared_date"]


def _grouped(states: list[DeliveryState], key: Callable[[DeliveryState], Hashable]) -> Iterator[list[DeliveryState]]:
    groups: dict[Hashable, list[DeliveryState]] = defaultdict(list)
    for state in states:
        groups[key(state)].append(state)
    yield from groups.values()
