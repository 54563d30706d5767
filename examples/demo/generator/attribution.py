"""Whose work it was, told from the event log and the diaries: the owner and team of every move, what was done during every stay, and
which deal an entry without a deal may be meant for.

Belongs here: the definitions of docs/metrics.md worked out by hand. Does not: what a move needed (gates.py); anything the models do.
"""

from collections import Counter, defaultdict
from datetime import date

from generator.activities import Activity
from generator.deals import Deal, ends
from generator.gates import DAY, LONG_AGO, Visit
from generator.plants import VANISHED_AFTER_WEEK
from generator.world import AS_OF, LEAVER, LEFT_ON, MOVED_ON, MOVED_TO, MOVER, REPS, WEEKS

GONE = WEEKS[VANISHED_AFTER_WEEK]  # the first report that lacks the deal that vanished


def owner_of_move(deal: Deal, move: dict) -> str:
    """Owner in the report before the one that shows the move, and his team on the day of the move: none after he left."""
    week, won_or_lost = date.fromisoformat(move["week"]), move["to"] in ends(deal.stage_set)
    day = max(day for day, stage in deal.moves if stage == move["to"] and day <= week) if won_or_lost else week
    owner = deal.on(week - 7 * DAY, "owners") or deal.owners[0][1]
    team = MOVED_TO if owner == MOVER and day >= MOVED_ON else "" if owner == LEAVER and day > LEFT_ON else REPS[owner]
    return f"{owner} {team}".strip()


def done_during(deal: Deal, stays: list[Visit], entries: list[Activity], is_vanished: bool) -> str:
    """Entries that name the deal, for each stay from its first possible day (first sight, if under way by then) to its last."""
    end = GONE if is_vanished else AS_OF
    days = Counter(entry.day for entry in entries if entry.deal == deal.code)
    spans = [(stay.entry_by - DAY if stay.entry_from == LONG_AGO else stay.entry_from, min(stay.exit_by - DAY, end)) for stay in stays]
    return " ".join(str(sum(count for day, count in days.items() if first <= day <= last)) for first, last in spans)


def meant_for(deals: dict[str, Deal], known: dict[str, dict], entries: list[Activity]) -> dict[str, int]:
    """Reason -> entries: is a deal named, and if not how many deals had the customer open that day, those created or closed on it too."""
    spans = defaultdict(list)
    for code, deal in deals.items():
        for first, last in _open(deal, known[code]):
            spans[known[code]["customer_code"]].append((first, last))
    found: Counter[str] = Counter()
    for entry in entries:
        standing = [1 for first, last in spans[entry.customer.code] if first <= entry.day <= last] if entry.customer else []
        found[
            "names_deal"
            if entry.deal in deals
            else "names_unknown_deal"
            if entry.deal
            else "no_customer"
            if not entry.customer
            else ("no_open_deal", "only_open_deal_not_allowed", "several_open_deals")[min(len(standing), 2)]
        ] += 1
    return dict(sorted(found.items()))


def _open(deal: Deal, told: dict) -> list[tuple[date, date]]:
    """Spans of days in which the deal was open: a reopening is known from the report that shows it."""
    reopened = [date.fromisoformat(move["week"]) for move in told["moves"] if move["kind"] == "reopened"]
    closed = [day for day, stage in deal.moves if stage in ends(deal.stage_set)]
    last = GONE if told["state"] == "vanished" else AS_OF
    starts = [deal.created, *reopened]
    return [(start, min((day for day in closed if day >= start), default=last)) for start in starts]
