"""Files that were refused since the last good night, by a run that could not say so: it failed, or was killed.

Belongs here: telling those in this night. Does not: refusing a file (land.py), or the issue that stays in the register (models).
"""

from typing import TYPE_CHECKING, Any

from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import Message

if TYPE_CHECKING:
    from pipelines.defs.session import NightSession


def add_earlier_refusals(session: "NightSession", good: dict[str, Any] | None) -> None:
    """Add and tell them; `good` is the summary of the last good night, which has told its own (its times are whole seconds)."""
    heard = {(source["source"], file["name"]) for source in (good or {"sources": []})["sources"] for file in source["refused_files"]}
    for entry in Ledger(session.folder).manifest.of_kind("refused_file"):
        source, name = entry["source"], entry["original"]["name"]
        second = entry["committed_at"][:19]
        if good and (second < good["finished_at"] or (second == good["finished_at"] and (source, name) in heard)):
            continue
        outcome = session.source(source)
        if name not in [file["name"] for file in outcome.refused_files]:
            outcome.refused_files.append({"name": name, "code": entry["code"], **entry["values"]})
            outcome.state = "failed" if outcome.state == "failed" else "refused"
            session.tell(Message(entry["code"], dict(entry["values"])))
