"""Random small companies whose pipelines move in every way: what happened to their deals, in three views.

Belongs here: drawing them, and the tables a model would read. Does not: what should come of it (bookkeeping.py).
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

AS_OF = date(2026, 5, 20)
FIRST = date(2026, 1, 6)
FOREVER = date(9999, 12, 31)
OWNERS = ("p", "q", "r", None)
PARENTS = {"north": None, "north_a": "north", "north_b": "north", "south": None}
MONTHS = [(date(2026, month, 1), date(2026, month + 1, 1) - timedelta(1)) for month in range(1, 6)]
QUARTERS = [(date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 6, 30))]
WEEKS = [(date(2026, 4, 20) + timedelta(7 * number), date(2026, 4, 26) + timedelta(7 * number)) for number in range(5)]  # the last five
DECLARED = {  # as funnel.yaml says them; the second until tonight, the third beyond it
    "fair": (date(2026, 2, 17), date(2026, 4, 8)),
    "2026-03-01..": (date(2026, 3, 1), None),
    "ahead": (date(2026, 5, 13), date(2026, 6, 12)),
    "one day": (date(2026, 3, 31), date(2026, 3, 31)),
    "a month again": (date(2026, 4, 1), date(2026, 4, 30)),
}
PERIODS = (
    {("month", f"2026-{start.month:02}"): (start, end) for start, end in MONTHS}
    | {("fiscal_quarter", f"FY2026-Q{number}"): period for number, period in enumerate(QUARTERS, 1)}
    | {("week", f"{start:%G-W%V}"): (start, end) for start, end in WEEKS}
)


@dataclass(frozen=True)
class Told:
    """What is said of a deal: by an interval, a version or a publication."""

    owner: str | None
    amount: Decimal | None
    currency: str
    due: date | None


@dataclass
class Company:
    rates: list[tuple[date, date, Decimal]]  # of USD: from, until, rate
    memberships: list[tuple[str, str, date, date]]  # owner, team, from, to (inclusive)
    intervals: dict[str, list[tuple[date, str, bool, Told, Decimal | None]]] = field(default_factory=dict)
    versions: dict[str, list[tuple[date, str, date | None, Told, date | None]]] = field(default_factory=dict)
    nights: dict[date, dict[str, tuple[str, Told, Decimal | None, date | None, date | None]]] = field(default_factory=dict)
    created: dict[str, date | None] = field(default_factory=dict)


days = st.integers(0, (AS_OF - FIRST).days).map(lambda number: FIRST + timedelta(number))
amounts = st.one_of(st.none(), st.sampled_from(["0", "10", "99.99", "1000", "1234.56", "-20", "333.33"]).map(Decimal))
told = st.builds(
    Told, st.sampled_from(OWNERS), amounts, st.sampled_from(["TWD", "TWD", "USD"]), st.one_of(st.none(), st.integers(0, 200).map(lambda n: FIRST + timedelta(n)))
)  # fmt: skip
statuses = st.sampled_from(["open", "open", "open", "open", "won", "lost", "vanished", "deleted", "merged", "closed_unknown"])


@st.composite
def changed(draw: st.DrawFn, before: Told) -> Told:
    """Most of it stays as it was: one or two things change at a time."""
    after = draw(told)
    kept = draw(st.sets(st.sampled_from(["owner", "amount", "currency", "due"]), min_size=1))
    return Told(**{name: getattr(before if name in kept else after, name) for name in ("owner", "amount", "currency", "due")})


@st.composite
def lives(draw: st.DrawFn, first: Told) -> list[Told]:
    steps = [first]
    for _ in range(draw(st.integers(0, 6))):
        steps.append(draw(changed(steps[-1])))
    return steps


@st.composite
def companies(draw: st.DrawFn) -> Company:
    starts = sorted(draw(st.sets(days, max_size=4)))
    rates = [
        (start, min([*(later for later in starts if later > start), start + timedelta(31)]), Decimal(draw(st.integers(28, 36))) + Decimal("0.125"))
        for start in starts
    ]  # fmt: skip
    company = Company(rates, draw(memberships()))
    for number in range(draw(st.integers(1, 8))):
        steps = draw(lives(draw(told)))
        on = sorted(draw(st.lists(days, min_size=len(steps), max_size=len(steps))))
        _known(draw, company, f"k{number}", steps, on)
        _delivered(draw, company, f"d{number}", steps, on)
    _published(draw, company)
    return company


@st.composite
def memberships(draw: st.DrawFn) -> list[tuple[str, str, date, date]]:
    found = []
    for owner in OWNERS[:3]:
        edges = sorted(draw(st.sets(days, max_size=4)))
        for start, after in zip(edges, [*edges, FOREVER][1:], strict=True):
            if draw(st.booleans()):
                found.append((owner, draw(st.sampled_from(sorted(PARENTS))), start, after - timedelta(1)))
    return found


def _known(draw: st.DrawFn, company: Company, deal: str, steps: list[Told], on: list[date]) -> None:
    """As opportunity_interval tells it; sometimes it is known to have been there before anybody told its amount."""
    spans = []
    for day, step in zip(on, steps, strict=True):
        status = draw(statuses)
        spans.append((day, status, False, step, None if status == "open" else draw(amounts)))
    company.created[deal] = on[0] if draw(st.booleans()) else None
    if company.created[deal] and draw(st.booleans()):
        early = draw(days.filter(lambda day: day <= on[0])) if on[0] > FIRST else on[0]
        spans.insert(0, (early, "open", True, Told(steps[0].owner, None, "TWD", None), None))
        company.created[deal] = early
    company.intervals[deal] = spans


def _delivered(draw: st.DrawFn, company: Company, deal: str, steps: list[Told], on: list[date]) -> None:
    """Versions: day, what it says of the end, its close date, the rest, and the day it was missing."""
    created = draw(st.one_of(st.none(), days))
    company.created[deal] = created
    rows = []
    for number, (day, step) in enumerate(zip(on, steps, strict=True)):
        status = draw(st.sampled_from(["open", "open", "open", "won", "lost", "deleted", "merged", "closed_unknown"]))
        closed = draw(st.one_of(st.none(), days)) if status in ("won", "lost", "closed_unknown") else None
        until = on[number + 1] if number + 1 < len(on) else AS_OF
        missing = (
            draw(st.integers(0, (until - day).days).map(lambda n, day=day: day + timedelta(n))) if draw(st.integers(0, 3)) == 0 else None
        )
        rows.append((day, status, closed, step, missing))
    company.versions[deal] = rows


def _published(draw: st.DrawFn, company: Company) -> None:
    deals = [f"n{number}" for number in range(draw(st.integers(0, 4)))]
    standing = {deal: draw(told) for deal in deals}
    company.created |= {deal: draw(st.one_of(st.none(), days)) for deal in deals}
    for night in sorted(draw(st.sets(days.filter(lambda day: day < AS_OF), max_size=8))):
        shown = {}
        for deal in deals:
            standing[deal] = draw(changed(standing[deal]))
            if draw(st.integers(0, 3)):
                status = draw(statuses)
                closed = draw(days) if status in ("won", "lost") else None
                base = standing[deal].amount if standing[deal].currency == "TWD" else draw(amounts)
                shown[deal] = (status, standing[deal], base, closed, company.created[deal])
        if shown:
            company.nights[night] = shown
