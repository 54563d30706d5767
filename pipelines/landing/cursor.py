"""Where the next reading of a connected source begins: a pure function of the manifest.

Belongs here: which delivery's cursor counts, and what is to be read again. Does not: what a cursor says (its connector knows).
"""

from pipelines.landing.manifest import Entry
from pipelines.landing.state import DeliveryState


def cursor_of(states: list[DeliveryState], entries: list[Entry], source: str) -> str | None:
    """The latest cursor that passes over nothing undone: of a delivery before the first undone one, or read after the undo was said.

    What an undone delivery brought is asked for again, once. A held delivery moves the cursor: it counts as soon as it is accepted,
    and undone it is asked for again. None: read everything.
    """
    said = {entry["delivery_id"]: entry["sequence"] for entry in entries if entry["kind"] == "revoke"}
    cursor, undone_at = None, 0
    for state in (state for state in states if state.entry["source"] == source):
        if state.state_code == "revoked":
            undone_at = max(undone_at, said[state.id])
        elif state.sequence > undone_at:
            cursor = state.entry["cursor"] or cursor
    return cursor


def resyncs_of(states: list[DeliveryState], entries: list[Entry], source: str) -> list[Entry]:
    """The `resync` entries of a source that no reading has answered yet: none was delivered since, or what was is undone.

    An old original that is read again with another mapping is no new reading.
    """
    told = [state for state in states if state.entry["source"] == source and state.entry["cursor"] is not None]
    first: dict[str, int] = {}
    for state in told:
        first.setdefault(state.entry["original"]["sha256"], state.sequence)
    answers = [first[state.entry["original"]["sha256"]] for state in told if state.state_code != "revoked"]
    asked = (entry for entry in entries if entry["kind"] == "resync" and entry["source"] == source)
    return [entry for entry in asked if entry["sequence"] > max(answers, default=0)]
