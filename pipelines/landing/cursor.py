"""Where the next reading of a connected source begins: a pure function of the manifest.

Belongs here: which delivery's cursor counts. Does not: what a cursor says (its connector knows).
"""

from pipelines.landing.state import DeliveryState


def cursor_of(states: list[DeliveryState], source: str) -> str | None:
    """The latest cursor before the first delivery that was undone: what that one brought is asked for again.

    A held delivery moves the cursor: it counts as soon as it is accepted, and undone it is asked for again. None: read everything.
    """
    cursor = None
    for state in states:
        if state.entry["source"] != source:
            continue
        if state.state_code == "revoked":
            break
        cursor = state.entry["cursor"] or cursor
    return cursor
