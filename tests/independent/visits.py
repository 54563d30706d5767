"""Stage visits of one deal, from what its files and its log told: written from metrics.md (Stages) and the contract (several witnesses).

Belongs here: the rule of witnesses, visits and how they end. Does not: measures over many deals (results.py).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tests.independent.company import AS_OF, CLOSED, ODD, STAGES, SUNDAYS, WON, Deal, utc

NUMBER = {code: number for number, code in enumerate((*STAGES, WON), 1)}
GONE = "gone"
FIRST, LAST = time.min, time(23, 59, 59)


@dataclass(frozen=True)
class Event:
    """`order`: when it counts within the day, local; `at` is the instant where one is known (UTC)."""

    day: date
    order: time
    number: int  # of the log, for several in one instant
    target: str  # a stage, or GONE
    evidence: str
    at: datetime | None = None
    is_unbounded: bool = False  # nobody knows since when

    @property
    def place(self) -> tuple[date, time, int, int]:
        """A closing of which only the day is known comes last."""
        return self.day, self.order, int(self.at is None and self.target in CLOSED), self.number


@dataclass(frozen=True)
class Visit:
    deal: str
    sequence: int
    stage: str
    number: int
    entered: date
    exited: date | None
    ended_by: str
    skipped: tuple[str, ...]
    evidence: str
    is_censored: bool
    days: float | None


def visits_of(deal: Deal) -> list[Visit]:
    found: list[Visit] = []
    events = timeline(deal)
    for event, following in zip(events, [*events[1:], None], strict=True):
        if event.target in NUMBER:
            number = 1 + sum(visit.stage == event.target for visit in found)
            found.append(_visit(deal, len(found) + 1, number, event, following))
    return found


def _visit(deal: Deal, sequence: int, number: int, event: Event, following: Event | None) -> Visit:
    step = NUMBER[event.target]
    is_standing_win = event.target == WON and (following is None or following.target == GONE)
    if following is None or is_standing_win:
        ended_by = WON if event.target == WON else "open"
    elif following.target in CLOSED:
        ended_by = following.target
    elif following.target == GONE:
        ended_by = "vanished"
    else:
        ended_by = "advanced" if NUMBER[following.target] > step else "moved_back"
    skipped: tuple[str, ...] = ()
    if following and ended_by in ("advanced", WON) and following.target in NUMBER:
        skipped = tuple(code for code in STAGES if step < NUMBER[code] < NUMBER[following.target])
    exited = None if following is None or is_standing_win else following.day
    return Visit(deal.key, sequence, event.target, number, event.day, exited, ended_by, skipped, event.evidence, event.is_unbounded,
                 _days(event, None if is_standing_win else following))  # fmt: skip


def _days(entry: Event, end: Event | None) -> float | None:
    if end is None:
        return None if entry.target == WON else float((AS_OF - entry.day).days)
    if entry.at and end.at:
        return round((end.at - entry.at).total_seconds() / 86400, 9)
    return float((end.day - entry.day).days)


def timeline(deal: Deal) -> list[Event]:
    """What is known to have happened, in order; being seen where it already stands is nothing."""
    known = [*_logged(deal), *([] if deal.is_logged else _closings(deal)), *_created(deal)]
    for sunday in SUNDAYS:
        standing = _standing(known, sunday)
        row = deal.rows.get(sunday)
        if row is None or row["is_deleted"] or row["merged_into"]:
            if standing not in (None, *CLOSED, GONE) and sunday > min(deal.rows):
                known.append(Event(sunday, LAST, 0, GONE, "observed", utc(datetime.combine(sunday, LAST))))
        elif row["stage"] not in (ODD, *CLOSED, standing):
            known.append(
                Event(sunday, LAST, 0, row["stage"], "observed", utc(datetime.combine(sunday, LAST)), _is_unbounded(deal, sunday, known))
            )
    ordered = sorted(known, key=lambda event: event.place)
    return [event for event, before in zip(ordered, [None, *ordered], strict=False) if before is None or before.target != event.target]


def _standing(known: list[Event], sunday: date) -> str | None:
    so_far = [event for event in known if event.day <= sunday]
    return max(so_far, key=lambda event: event.place).target if so_far else None


def _is_unbounded(deal: Deal, sunday: date, known: list[Event]) -> bool:
    """First seen in the first file of all, or created before a file that lacked it; or back, after it was gone, where it had stood."""
    so_far = sorted((event for event in known if event.day <= sunday), key=lambda event: event.place)
    if len(so_far) > 1 and so_far[-1].target == GONE:
        return so_far[-2].target == deal.rows[sunday]["stage"]
    if sunday != min(deal.rows) or so_far:
        return False
    earlier = sunday - timedelta(weeks=1)
    return sunday == SUNDAYS[0] or (deal.is_created_known and deal.created <= earlier)


def _logged(deal: Deal) -> list[Event]:
    return [Event(move.at.date(), move.at.time(), number, move.target, "native", utc(move.at)) for number, move in enumerate(deal.log)]


def _created(deal: Deal) -> list[Event]:
    """The day of creation declares the entry into the first step, where that is the first stage known."""
    first_seen = min(deal.rows)
    log = deal.log
    first_known = deal.rows[first_seen]["stage"]
    if log and log[0].source and log[0].at.date() <= first_seen:
        first_known = log[0].source
    if first_known != STAGES[0] or not deal.is_created_known or (log and not log[0].source):
        return []
    return [Event(deal.created, FIRST, 0, STAGES[0], "declared")]


def _closings(deal: Deal) -> list[Event]:
    """Each closing by the last date given for it before the deal is shown open again."""
    closings: list[Event] = []
    before = None
    for sunday in sorted(deal.rows):
        row = deal.rows[sunday]
        if row["stage"] in CLOSED:
            if before == row["stage"]:
                closings.pop()
            closings.append(Event(row["closed_date"], time.max, 0, row["stage"], "declared"))
        before = row["stage"]
    return closings
