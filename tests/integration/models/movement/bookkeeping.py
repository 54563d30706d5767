"""The waterfall of a company as double-entry bookkeeping, written from metrics.md: every movement is a posting between holders of a deal,
or between a holder and the world outside.

Belongs here: timelines by the day, postings, and what a scope sees of them. Shares no SQL and no step with the models.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from tests.integration.models.movement.company import AS_OF, DECLARED, PARENTS, PERIODS, Company, Told

CENT = Decimal("0.01")
CLOSED = ("won", "lost", "closed_unknown")
TWO_SIDED = {"hand": ("transferred_in", "transferred_out"), "date": ("pulled_in", "pushed_out"), "value": ("increased", "decreased")}
Scope = tuple[str, str | None]


@dataclass(frozen=True)
class State:
    day: date
    status: str
    told: Told
    untold: bool = False  # there, but nobody has said with what amount or close date
    base: Decimal | None = None  # as published, or of a closed deal
    closed: date | None = None
    created: date | None = None


@dataclass(frozen=True)
class Holder:
    owner: str | None
    team: str | None
    due: date | None

    def is_due(self, window: "Window") -> bool:
        return self.due is not None and window.start <= self.due <= window.end


@dataclass(frozen=True)
class Posting:
    kind: str  # enter, leave, hand, date, value, tell
    source: Holder | None
    target: Holder | None
    amount: Decimal
    code: str = ""
    won: Decimal | None = None

    def effect(self, went: bool, came: bool) -> tuple[str, Decimal, int]:
        """Term, money and count for a scope that held it before, or holds it after."""
        if self.kind == "tell":
            return "discovered_late", self.amount * came, came - (went and came)
        if self.kind == "value":
            return "value", self.amount * came, 0
        return self.code or self.kind, self.amount * (came - went), came - went


@dataclass(frozen=True)
class Window:
    view: str
    kind: str
    code: str
    start: date
    end: date
    closing: date

    @property
    def opening(self) -> date:
        return self.start - timedelta(1)


class Books:
    """All timelines of a company, and the figures of every window of every view."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self._posted: dict[tuple[Window, str], list[Posting]] = {}
        self.timelines: dict[str, dict[str, list[State]]] = {
            "as_known_now": {deal: self._known(deal) for deal in company.intervals},
            "as_delivered": {deal: self._delivered(deal) for deal in company.versions},
            "as_published": {deal: self._published(deal) for night in company.nights.values() for deal in night},
        }

    def windows(self) -> list[Window]:
        """Months, quarters, weeks, declared windows and the days since the last night: of each view none that opens before it begins or starts after it ends."""
        delivered = min((rows[0][0] for rows in self.company.versions.values()), default=date.max)
        nights = sorted(self.company.nights)
        spans = {"as_known_now": (date.min, AS_OF), "as_delivered": (delivered, AS_OF)} | (
            {"as_published": (nights[0], nights[-1])} if nights else {}
        )
        periods = PERIODS | {("declared", code): (start, end or AS_OF) for code, (start, end) in DECLARED.items()}
        periods |= {("since_publication", str(night)): (night + timedelta(1), AS_OF) for night in nights[-1:]}
        return [
            Window(view, kind, code, start, end, min(end, last))
            for view, (first, last) in spans.items()
            for (kind, code), (start, end) in periods.items()
            if start > first and start <= last
        ]

    # --- timelines

    def _known(self, deal: str) -> list[State]:
        return [
            State(day, status, told, untold, base, day, self.company.created[deal])
            for day, status, untold, told, base in self.company.intervals[deal]
        ]

    def _delivered(self, deal: str) -> list[State]:
        """On each day: what the deliveries up to it say, one after another; a close date that lies ahead has not happened."""
        versions = self.company.versions[deal]
        first, states = versions[0][0], []
        for number in range((AS_OF - first).days + 400):  # close dates may lie past the last delivery
            today = first + timedelta(number)
            if today > AS_OF:
                break
            news = [
                (version, seen, gone)
                for version in versions
                for seen, gone in ((version[0], False), (version[4], True))
                if seen is not None and seen <= today
            ]
            fresh = [item for item in news if item[1] == today] or news[-1:]
            states += [self._judge(deal, today, version, gone) for version, _, gone in fresh]
        return states

    def _judge(self, deal: str, today: date, version: tuple, gone: bool) -> State:
        seen, says, closed, told, _ = version
        happened = says in CLOSED and (closed is None or closed <= today)
        if says == "merged":
            status = "merged"
        elif happened:
            status = says
        elif gone:
            status = "vanished"
        else:
            status = "deleted" if says == "deleted" else "open"
        base = self.value(told, self.rate(told.currency, seen if closed is None else closed)) if happened else None
        if status in ("won", "lost"):
            told = replace(told, owner=self._closer(self.company.versions[deal], version))
        return State(today, status, told, False, base, closed, self.company.created[deal])

    @staticmethod
    def _closer(versions: list[tuple], version: tuple) -> str | None:
        """The owner known on the close date, before anybody told of the close; of a deal first told closed its own."""
        number = next(number for number, other in enumerate(versions) if other is version)
        while number and versions[number - 1][1] == version[1]:
            number -= 1
        earlier, day = versions[:number], version[2] or version[0]
        known = [other for other in earlier if other[0] <= day] or earlier[:1] or [version]
        return known[-1][3].owner

    def _published(self, deal: str) -> list[State]:
        states: list[State] = []
        for night in sorted(self.company.nights):
            shown = self.company.nights[night].get(deal)
            if shown:
                status, told, base, closed, created = shown
                states.append(State(night, status, told, False, base, closed, created))
            elif states:
                states.append(State(night, "withdrawn", states[-1].told, created=states[-1].created))
        return states

    # --- money and people

    def rate(self, currency: str, day: date) -> Decimal | None:
        if currency == "TWD":
            return Decimal(1)
        return next((rate for start, until, rate in self.company.rates if start <= day < until), None)

    def opening_rate(self, currency: str, window: Window) -> Decimal | None:
        evenings = (window.opening + timedelta(number) for number in range((window.closing - window.opening).days + 1))
        return next((rate for rate in (self.rate(currency, evening) for evening in evenings) if rate is not None), None)

    @staticmethod
    def value(told: Told, rate: Decimal | None) -> Decimal | None:
        return None if told.amount is None or rate is None else (told.amount * rate).quantize(CENT, ROUND_HALF_UP)

    def worth(self, state: State, window: Window) -> Decimal:
        return self.value(state.told, self.opening_rate(state.told.currency, window)) or Decimal(0)

    def holder(self, state: State, day: date) -> Holder:
        owner = state.told.owner
        team = next((team for name, team, start, end in self.company.memberships if name == owner and start <= day <= end), None)
        return Holder(owner, team, state.told.due)

    def evening(self, view: str, deal: str, day: date) -> tuple[Holder, Decimal] | None:
        """Who holds the deal that evening, and its money; None when it is not open."""
        before = [state for state in self.timelines[view][deal] if state.day <= day]
        if not before or before[-1].status != "open":
            return None
        state = before[-1]
        money = state.base if view == "as_published" else self.value(state.told, self.rate(state.told.currency, day))
        return self.holder(state, day), money or Decimal(0)

    # --- postings

    def postings(self, window: Window, deal: str) -> list[Posting]:
        if (window, deal) not in self._posted:
            self._posted[window, deal] = self._post(window, deal)
        return self._posted[window, deal]

    def _post(self, window: Window, deal: str) -> list[Posting]:
        timeline = self.timelines[window.view][deal]
        earlier = [state for state in timeline if state.day <= window.opening]
        within = [state for state in timeline if window.start <= state.day <= window.closing]
        opening = earlier[-1] if earlier else None
        held = opening is not None and opening.status == "open"
        if not held and any(state.status == "open" and not state.untold for state in within):
            within = [state for state in within if state.status != "open" or not state.untold]
        found: list[Posting] = []
        last, at = (opening, self.holder(opening, window.opening)) if held and opening else (None, None)
        shut = self._shut(opening, within)
        if any(state.status == "open" for state in within) or held:
            for day, state in self._open_steps(window, timeline, within, last):
                now = self.holder(state, day)
                found += self._step(window, opening, last, at, state, now)
                last, at = state, now
            if shut and at and last:
                worth = self.worth(last, window)
                if shut.status in ("won", "lost"):
                    taker = Holder(*(self.holder(shut, shut.day).owner, self.holder(shut, shut.day).team), at.due)
                    found.append(Posting("hand", at, taker, worth))
                    at = taker
                found.append(self._leave(window, within, shut, at, worth))
        elif shut and shut.status in CLOSED and (opening is None or opening.status != shut.status):
            found = self._passage(window, opening, earlier, within, shut)
        return found

    def _passage(self, window: Window, opening: State | None, earlier: list[State], within: list[State], shut: State) -> list[Posting]:
        """It arrives closed: in and out at once, with the last open amount, unless it closed before the window."""
        if shut.closed and shut.closed < window.start:
            return []
        known = [state for state in earlier if state.status == "open"]
        shown = known[-1] if known else shut
        here = self.holder(shut, shut.day)
        at, worth = Holder(here.owner, here.team, shown.told.due), self.worth(shown, window)
        return [Posting("enter", None, at, worth, self._entry(window, opening, shut)), self._leave(window, within, shut, at, worth)]

    @staticmethod
    def _shut(opening: State | None, within: list[State]) -> State | None:
        """Where the deal stands closed or gone at the end: the state with which that began."""
        if not within or within[-1].status == "open":
            return None
        began = within[-1]
        for state in reversed(within):
            if state.status != began.status:
                return began
            began = state
        return None if opening is not None and opening.status == began.status else began

    def _open_steps(self, window: Window, timeline: list[State], within: list[State], last: State | None) -> list[tuple[date, State]]:
        """Each open state with its day, and each day on which only the owner's team changed; those that end closed are bridged by the next."""
        steps: list[tuple[date, State]] = []
        current = last
        by_day: dict[date, list[State]] = defaultdict(list)
        for state in within:
            by_day[state.day].append(state)
        for number in range((window.closing - window.start).days + 1):
            day = window.start + timedelta(number)
            for state in by_day[day]:
                if state.status == "open":
                    steps.append((day, state))
                current = state
            is_idle = not by_day[day] and current is not None and current.status == "open"
            if is_idle and current and self.holder(current, day).team != self.holder(current, day - timedelta(1)).team:
                steps.append((day, current))
        return steps

    def _step(
        self, window: Window, opening: State | None, last: State | None, at: Holder | None, state: State, now: Holder
    ) -> list[Posting]:
        worth = self.worth(state, window)
        if last is None or at is None:
            return [Posting("enter", None, now, worth, self._entry(window, opening, state))]
        before = self.worth(last, window)
        mine = Holder(now.owner, now.team, at.due)
        handed = Posting("hand", at, mine, before)
        if last.untold and not state.untold:
            return [handed, Posting("tell", mine, now, worth)]
        return [handed, Posting("date", mine, now, before), Posting("value", now, now, worth - before)]

    @staticmethod
    def _entry(window: Window, opening: State | None, state: State) -> str:
        if opening is None:
            return "created" if state.created and state.created >= window.start else "discovered_late"
        gone = {"vanished": "reappeared", "deleted": "reappeared", "merged": "reappeared", "withdrawn": "restated"}
        return gone.get(opening.status, "reopened")

    @staticmethod
    def _leave(window: Window, within: list[State], shut: State, at: Holder, worth: Decimal) -> Posting:
        code = {"merged": "merged_away", "withdrawn": "restated"}.get(shut.status, shut.status if shut.status in CLOSED else "vanished")
        if shut.status in CLOSED and shut.closed and shut.closed < window.start:
            code = "restated"
        return Posting("leave", at, None, worth, code, within[-1].base if code == "won" else None)

    # --- what a scope sees

    def seen(self, window: Window, deal: str, scope: Scope, population: str) -> dict[str, tuple[Decimal, int]]:
        """Component -> (effect on the pipeline, effect on its count), net of the window; exchange is what remains. `start`, `end`, `won_amount`."""

        def inside(holder: Holder | None) -> bool:
            return holder is not None and (population == "all_open" or holder.is_due(window)) and scope_holds(scope, holder)

        terms: dict[str, list] = defaultdict(lambda: [Decimal(0), 0])
        won: list[Decimal] = []
        for posting in self.postings(window, deal):
            went, came = inside(posting.source), inside(posting.target)
            name, amount, count = posting.effect(went, came)
            terms[name][0] += amount
            terms[name][1] += count
            won += [posting.won] if posting.kind == "leave" and went and posting.won is not None else []
        named = {code: tuple(term) for code, term in terms.items() if code not in TWO_SIDED}
        named |= {_side(code, *terms[code]): tuple(terms[code]) for code in TWO_SIDED}
        ends = [self.evening(window.view, deal, day) for day in (window.opening, window.closing)]
        opened, closed = ((end[1], 1) if end and inside(end[0]) else (Decimal(0), 0) for end in ends)
        rest = closed[0] - opened[0] - sum((amount for amount, _ in named.values()), Decimal(0))
        named["exchange_gain" if rest > 0 else "exchange_loss"] = (rest, 0)
        found = {code: term for code, term in named.items() if any(term)}
        return found | {"start": opened, "end": closed} | ({"won_amount": (won[0], 0)} if won else {})


def _side(kind: str, amount: Decimal, count: int) -> str:
    gain, loss = TWO_SIDED[kind]
    return gain if count > 0 or (count == 0 and amount > 0) else loss


def scope_holds(scope: Scope, holder: Holder) -> bool:
    kind, name = scope
    return kind == "company" or (kind == "owner" and holder.owner == name) or (kind == "team" and name in above(holder.team))


def above(team: str | None) -> set[str | None]:
    found: set[str | None] = {team}
    while team:
        team = PARENTS[team]
        found |= {team} if team else set()
    return found
