"""What a person must look at after a night: deliveries held or waiting, sources past their promise, nights missed, files nobody reads.

Belongs here: reading those from ledger, published file and folders into the outcome. Does not: deciding states, freshness or exit codes.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pipelines.defs import journal
from pipelines.defs.as_of import missed_nights
from pipelines.defs.refusals import add_earlier_refusals
from pipelines.extract.asked import unread
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import Message
from pipelines.settings.company import CompanyFolder

if TYPE_CHECKING:
    from pipelines.defs.session import NightSession


def add_standing(session: "NightSession") -> None:
    """Fill held, waiting, stale, missed and notices of the session's outcome, and tell them."""
    folder, outcome = session.folder, session.outcome
    outcome.held, outcome.waiting = held_and_waiting(folder, outcome.as_of_date)
    for delivery in outcome.held if outcome.kind != "past" else []:
        for reason in delivery["reasons"]:
            if str(reason.get("code", "")).startswith("FNL-"):
                session.tell(Message(reason["code"], {name: value for name, value in reason.items() if name != "code"}))
    if outcome.kind in ("night", "dry_run"):
        _add_unread(session)
    if outcome.kind != "night":
        return
    if outcome.published:
        outcome.stale = stale_scopes(folder)
    good = journal.last_good_night(folder)
    add_earlier_refusals(session, journal.last_told_night(folder))
    stood_for = {date.fromisoformat(summary["as_of_date"]) for summary in journal.summaries(folder) if summary["kind"] in ("night", "past")}
    last = datetime.fromisoformat(good["finished_at"]) if good else None
    outcome.missed = missed_nights(folder.settings, last, datetime.fromisoformat(outcome.started_at), stood_for | {outcome.as_of_date})


def _add_unread(session: "NightSession") -> None:
    """Files that nobody reads: into notices and log; what a system left there into the log alone."""
    told, junk = unread(session.folder)
    for message in told:
        session.notice(message)
    for message in junk:
        session.log(" | ".join(message.lines(session.folder.settings.language)))


def held_and_waiting(folder: CompanyFolder, as_of_date: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Deliveries the models do not see: held by a check or a conflict; waiting because they are dated after `as_of_date`."""
    held, waiting = [], []
    for state in Ledger(folder).states():
        told = {
            "delivery_id": state.id,
            "source": state.entry["source"],
            "scope": state.entry["scope"],
            "name": state.name,
            "delivered_date": str(state.entry["delivered_date"]),
        }
        if state.state_code == "held":
            held.append({**told, "reasons": state.reasons})
        elif state.state_code == "live" and date.fromisoformat(str(state.entry["delivered_date"])) > as_of_date:
            waiting.append(told)
    return held, waiting


def stale_scopes(folder: CompanyFolder) -> list[dict[str, Any]]:
    """One dict per source, entity and scope that is past its freshness promise, from the published file."""
    from pipelines.publish.reader import published_freshness

    rows = published_freshness(folder)
    if rows is None:
        return []
    source, entity, scope, last, fresh = rows.columns
    return [
        {"source": row[source], "entity": row[entity], "scope": row[scope], "last": str(row[last])}
        for row in rows.iter_rows(named=True)
        if row[fresh] is False
    ]
