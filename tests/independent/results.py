"""Whose closing it was, win rates with Wilson's interval, conversion of cohorts, Kaplan and Meier: written from metrics.md.

Belongs here: measures over the deals of a company. Does not: visits (visits.py) or what was told (company.py).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt

from tests.independent.company import AS_OF, CLOSED, FISCAL_START, LOST, RATES, REASONS, SUNDAYS, TEAM_ABOVE, TEAMS, WON, Deal
from tests.independent.visits import NUMBER, Visit

Z = 1.959963984540054
RATE_DAYS = 31


@dataclass(frozen=True)
class Outcome:
    """How a deal stands on the as-of date; `day` and `owner` of its last closing, or of its going away."""

    deal: str
    status: str
    day: date | None
    owner: str | None
    is_uncertain: bool
    amount_base: Decimal | None
    counts: bool  # a loss whose reason counts


def outcome_of(deal: Deal) -> Outcome:
    seen = sorted(deal.rows)
    row = deal.rows[seen[-1]]
    if row["stage"] in CLOSED:
        owner, is_uncertain = _owner_at_close(deal, seen)
        day = row["closed_date"]
        return Outcome(deal.key, row["stage"], day, owner, is_uncertain, base(row, day), REASONS.get(row["loss_reason"] or "", True))
    status, day = "open", None
    if row["merged_into"] or row["is_deleted"]:
        status = "merged" if row["merged_into"] else "deleted"
        day = next(sunday for sunday in seen if deal.rows[sunday]["merged_into"] or deal.rows[sunday]["is_deleted"])
    elif seen[-1] != SUNDAYS[-1]:
        status, day = "vanished", seen[-1] + timedelta(weeks=1)
    return Outcome(deal.key, status, day, row["owner"], False, base(row, AS_OF), True)


def _owner_at_close(deal: Deal, seen: list[date]) -> tuple[str, bool]:
    """The owner told by the file before the one that first shows this closing; uncertain if that one names another."""
    first = seen[-1]
    for sunday in reversed(seen):
        if deal.rows[sunday]["stage"] != deal.rows[seen[-1]]["stage"]:
            break
        first = sunday
    before = [sunday for sunday in seen if sunday < first]
    told = deal.rows[first]["owner"]
    owner = deal.rows[before[-1]]["owner"] if before else told
    return owner, owner != told


def base(row: dict, day: date) -> Decimal | None:
    """In base currency at the last rate known on that day, at most 31 days old."""
    if row["amount"] is None:
        return None
    if row["currency_code"] == "TWD":
        return Decimal(row["amount"])
    fresh = [rated for rated in RATES if rated <= day <= rated + timedelta(days=RATE_DAYS)]
    return row["amount"] * Decimal(RATES[max(fresh)]) if fresh else None


def wilson(successes: int, trials: int) -> tuple[float, float]:
    share, square = successes / trials, Z * Z
    middle, half = share + square / (2 * trials), Z * sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    return (middle - half) / (1 + square / trials), (middle + half) / (1 + square / trials)


def periods(day: date) -> dict[str, str]:
    """The week, month, fiscal quarter and year of a date, and whether it lies in the trailing year."""
    months = (day.month - FISCAL_START) % 12
    year = f"FY{day.year + (day.month >= FISCAL_START > 1)}"
    iso = day.isocalendar()
    found = {
        "all": "all",
        "week": f"{iso.year}-W{iso.week:02}",
        "month": f"{day:%Y-%m}",
        "fiscal_quarter": f"{year}-Q{months // 3 + 1}",
        "fiscal_year": year,
    }
    return found | ({"trailing_365_days": "trailing_365_days"} if AS_OF - timedelta(days=365) < day <= AS_OF else {})


def teams_of(owner: str | None) -> tuple[str | None, ...]:
    """The owner's team and the one above it; None for those in no team."""
    team = TEAMS.get(owner or "")
    return (team, *filter(None, [TEAM_ABOVE.get(team or "")]))


def results(outcomes: Iterable[Outcome]) -> dict[tuple, Counter]:
    """(scope, its id, period kind, period) -> won, lost, not_counted, vanished, and the money of the first two in cents."""
    found: dict[tuple, Counter] = defaultdict(Counter)
    for outcome in outcomes:
        if outcome.day is None or outcome.status == "merged":
            continue
        name = {WON: "won", LOST: "lost" if outcome.counts else "not_counted"}.get(outcome.status, "vanished")
        for kind, code in periods(outcome.day).items():
            for scope in (("company", None), ("owner", outcome.owner), *(("team", team) for team in teams_of(outcome.owner))):
                cell = found[(*scope, kind, code)]
                cell[name] += 1
                if name in ("won", "lost"):
                    cell[f"{name}_cents"] += int((outcome.amount_base or 0) * 100)
                    cell["without_money"] += outcome.amount_base is None
    return found


def cohort(visits: Iterable[Visit], outcomes: dict[str, Outcome]) -> dict[str, Counter]:
    """Stage -> entered, advanced, lost, vanished, open: each deal once, at its first entry; forward: every exit; merged ones apart."""
    by_deal: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_deal[visit.deal].append(visit)
    found: dict[str, Counter] = defaultdict(Counter)
    for deal, walked in by_deal.items():
        if outcomes[deal].status == "merged":
            continue
        for visit in walked:
            if visit.stage != WON:
                found[visit.stage]["forward"] += visit.ended_by in ("advanced", WON)
        for stage in {visit.stage for visit in walked} - {WON}:
            first = next(number for number, visit in enumerate(walked) if visit.stage == stage)
            beyond = any(NUMBER[visit.stage] > NUMBER[stage] for visit in walked[first:])
            status = outcomes[deal].status
            found[stage]["entered"] += 1
            found[stage]["advanced" if beyond else {LOST: "lost", "vanished": "vanished", "deleted": "vanished"}.get(status, "open")] += 1
    return found


def stays(
    deals: Iterable[Deal], visits: dict[str, list[Visit]], outcomes: dict[str, Outcome]
) -> dict[str, list[tuple[float, float, bool]]]:
    """Stage -> spans for `survival`, each visit of known beginning by itself. A deal that was there before its first file counts from that file on, unless the
    first file of all tells of ended deals too; a visit that was over by then not at all."""
    whole = list(deals)
    is_register = any(deal.rows.get(SUNDAYS[0], {}).get("stage") in CLOSED for deal in whole)
    found: dict[str, list[tuple[float, float, bool]]] = defaultdict(list)
    for deal in whole:
        first = min(deal.rows)
        was_there = first == SUNDAYS[0] or (deal.is_created_known and deal.created <= first - timedelta(weeks=1))
        for visit in visits[deal.key]:
            if visit.stage == WON or visit.is_censored or outcomes[deal.key].status == "merged":
                continue
            unseen = max((first - visit.entered).days, 0) if was_there and not is_register else 0
            if not unseen or (visit.days or 0) > unseen:
                found[visit.stage].append((unseen, visit.days or 0, visit.ended_by in ("advanced", "moved_back", WON, LOST)))
    return found


def survival(spans: Iterable[tuple[float, float, bool]]) -> list[tuple[float, float]]:
    """Kaplan and Meier: (days, share still inside) after each day on which someone left. A span is the age at which it came into view,
    the age at which it ended or was last seen, and whether that was an exit."""
    known = sorted(spans)
    share, curve = 1.0, []
    for day in sorted({until for _, until, is_exit in known if is_exit}):
        at_risk = sum((not first or first < day) and day <= until for first, until, _ in known)
        left = sum(until == day for _, until, is_exit in known if is_exit)
        share *= 1 - left / at_risk
        curve.append((day, share))
    return curve


def quantile(curve: list[tuple[float, float]], gone: float) -> float | None:
    """The first day by which at least this share has left; None while fewer have."""
    return next((day for day, share in curve if share <= 1 - gone + 1e-12), None)
