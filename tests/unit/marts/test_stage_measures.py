"""Conversion, loss and time in stage of random companies, against a computation of its own: day by day and in exact fractions.

Belongs here: that computation, written from docs/metrics.md with no SQL, and the comparison. Does not: hand-worked cases (dbt unit tests).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import partial

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.compiled import compiled_models, fill, warehouse

AS_OF, FIRST = date(2026, 6, 30), date(2026, 4, 1)
MONTHS = {
    "2026-04": (date(2026, 4, 1), date(2026, 4, 30)),
    "2026-05": (date(2026, 5, 1), date(2026, 5, 31)),
    "2026-06": (date(2026, 6, 1), AS_OF),
}
STAGES = {"one": 1, "two": 2, "three": 3, "four": 4}
TEAM_OF = {"p": ["north", "country"], "q": ["north", "country"], "r": ["south", "country"], "s": [None]}
MINIMUM = 2
TABLES = {
    "marts.measure_availability": "measure_code text, is_available boolean",  # empty: every measure is supported
    "marts.dim_stage": "stage_set_code text, stage_code text, stage_number int, is_current boolean, is_won boolean, is_lost boolean",
    "marts.dim_period": "period_kind_code text, period_code text, period_start_date date, period_end_date date",
    "marts.dim_period_day": "date_day date, period_kind_code text, period_code text",
    "marts.dim_team_membership": "owner_id text, team_id text, valid_from_date date, valid_to_date date",
    "marts.dim_team_rollup": "team_id text, ancestor_team_id text",
    "marts.fct_stage_visit": "stage_visit_id text, opportunity_id text, visit_sequence int, stage_set_code text, stage_code text, stage_number int, is_won_stage boolean,"
    " entered_date date, exited_date date, visit_days decimal(18,9), ended_by_code text, is_entry_censored boolean",
    "marts.stage_visit_attribution": "stage_visit_id text, owner_at_entry_id text, owner_at_exit_id text",
    "canonical.opportunity_version": "opportunity_id text, version_number bigint, owner_id text, valid_from_date date, previous_delivered_date date,"
    " is_closed boolean, source_system text",
    "marts.fct_opportunity": "opportunity_id text, stage_set_code text, is_counted boolean, is_won boolean, is_lost boolean, is_open boolean, counts_as_loss boolean,"
    " last_stage_code text, owner_at_close_id text, closed_date date, created_date date",
}  # fmt: skip


@dataclass
class Visit:
    stage: str
    entered: date
    exited: date | None
    ended: str
    is_censored: bool

    @property
    def days(self) -> int:
        return ((self.exited or AS_OF) - self.entered).days


@dataclass
class Deal:
    """Its owner from each date on (the first: from ever), its visits in order, how it stands, and how it came to be told: in the `first` file of a
    list of deals under way, `late` (missing in the file of a week before), in the first file of a `register`, or with its creation unknown."""

    name: str
    owners: list[tuple[date, str]]
    visits: list[Visit] = field(default_factory=list)
    state: str = "open"
    counts_as_loss: bool = True
    told: str = "first"
    sight: date = FIRST

    def is_out_of_sight(self, day: date) -> bool:
        """Did it live on that day unseen, so that it is in view only for having lasted?"""
        was_there = self.told == "first" or (self.told == "late" and self.visits[0].entered <= self.sight - timedelta(7))
        return was_there and day < self.sight

    def owner(self, day: date, *, before: bool = False) -> str:
        return [name for since, name in self.owners if since == self.owners[0][0] or (since < day if before else since <= day)][-1]

    @property
    def end(self) -> date | None:
        return self.visits[-1].exited if self.visits[-1].stage != "won" else self.visits[-1].entered


@st.composite
def deals(draw: st.DrawFn) -> list[Deal]:
    return [draw(_deal(number)) for number in range(draw(st.integers(1, 9)))]


@st.composite
def _deal(draw: st.DrawFn, number: int) -> Deal:
    """A walk between four stages, perhaps to the win and back, with moves of one day, hand-overs at any time, and any end."""
    length = st.sampled_from([0, 0, 1, 1, 2, 3, 5, 8, 13, 21])
    day = FIRST + timedelta(draw(st.integers(0, 40)))
    sight = draw(st.sampled_from([0, 0, 10, 25, 45, 70]))
    shifts = sorted(draw(st.sets(st.integers(sight + 1, sight + 60), max_size=2)))
    names = draw(st.lists(st.sampled_from("pqrs"), min_size=3, max_size=3))
    deal = Deal(f"d{number}", [(FIRST, names[0]), *((FIRST + timedelta(shift), name) for shift, name in zip(shifts, names[1:], strict=False))],
                told=draw(st.sampled_from(["first", "late", "register", "unknown"])), sight=FIRST + timedelta(sight))  # fmt: skip
    stages = [*STAGES, *STAGES, "won"]
    stage = draw(st.sampled_from([*STAGES]))
    for step in range(draw(st.integers(1, 6))):
        following = draw(st.sampled_from([name for name in stages if name != stage]))
        exited = min(day + timedelta(draw(length)), AS_OF)
        higher = following == "won" or (stage != "won" and STAGES[following] > STAGES[stage])
        ended = "won" if following == "won" else "advanced" if higher else "moved_back"
        deal.visits.append(Visit(stage, day, exited, ended, step == 0 and draw(st.booleans())))
        stage, day = following, exited
    deal.state = "won" if stage == "won" else draw(st.sampled_from(["open", "open", "lost", "vanished", "merged"]))
    if deal.state == "won":
        deal.visits.append(Visit(stage, day, None, "won", False))
    else:
        gone = None if deal.state == "open" else min(day + timedelta(draw(length)), AS_OF)
        deal.visits.append(Visit(stage, day, gone, {"merged": "vanished"}.get(deal.state, deal.state), False))
    deal.counts_as_loss = draw(st.booleans())
    return deal


def scopes(owner: str) -> Iterator[tuple[str, str | None]]:
    yield from [("company", None), ("owner", owner), *(("team", team) for team in TEAM_OF[owner])]


def periods(day: date | None) -> Iterator[str]:
    yield "all"
    yield from (code for code, (first, last) in MONTHS.items() if day and first <= day <= last)


# --- time in stage, as days lived one by one


@dataclass
class Stay:
    """One deal's time in one stage: whose each day was (None: out of sight), and the end."""

    owners: list[str | None]
    end: str
    began: date | None  # None: nobody knows
    last_owner: str
    is_seen: bool


def stays(company: list[Deal], span: str) -> Iterator[tuple[str, Stay]]:
    for deal in company:
        for stage in STAGES:
            found = [visit for visit in deal.visits if visit.stage == stage]
            for taken in {"latest": [found[-1:]], "each": [[visit] for visit in found], "cumulative": [found]}[span] if found else []:
                days = [visit.entered + timedelta(age) for visit in taken for age in range(visit.days)]
                lived = [None if deal.is_out_of_sight(day) else deal.owner(day) for day in days]
                last = taken[-1]
                last_day = last.entered + timedelta(max(last.days, 1) - 1)
                is_seen = any(lived) or (not days and not deal.is_out_of_sight(last.entered))
                end = {"won": "advanced"}.get(last.ended, last.ended)
                began = None if any(visit.is_censored for visit in taken) else taken[0].entered
                yield stage, Stay(lived, end, began, (any(lived) and lived[-1]) or deal.owner(last_day), is_seen)


def curve(known: list[Stay], belongs: Callable[[str], bool]) -> list[tuple[int, Fraction, Fraction]]:
    """(day, share still there, share advanced) at every day on which somebody left."""
    stayed, advanced, found = Fraction(1), Fraction(0), []
    for day in sorted({len(stay.owners) for stay in known}):
        there = [(stay, stay.owners[max(day, 1) - 1] if stay.owners else stay.last_owner) for stay in known if len(stay.owners) >= day]
        at_risk = [stay for stay, owner in there if owner and belongs(owner)]
        leaving = [stay for stay in at_risk if len(stay.owners) == day and stay.end in ("advanced", "moved_back", "lost")]
        if leaving:
            advanced += stayed * Fraction(sum(stay.end == "advanced" for stay in leaving), len(at_risk))
            stayed *= 1 - Fraction(len(leaving), len(at_risk))
            found.append((day, stayed, advanced))
    return found


def first(found: list[tuple[int, Fraction, Fraction]], holds: Callable[[Fraction, Fraction], bool]) -> int | None:
    return next((day for day, stayed, advanced in found if holds(stayed, advanced)), None)


def is_in(scope: tuple[str, str | None], owner: str) -> bool:
    return scope in scopes(owner)


def durations(company: list[Deal]) -> dict[tuple, tuple]:
    expected = {}
    for span in ("latest", "each", "cumulative"):
        every = list(stays([deal for deal in company if deal.state != "merged"], span))
        for stage in STAGES:
            here = [stay for name, stay in every if name == stage]
            for scope_code, scope_id in {
                scope for stay in here for owner in {*stay.owners, stay.last_owner} - {None} for scope in scopes(owner)
            }:
                for period in ["all", *MONTHS] if scope_code == "company" else ["all"]:
                    own = [stay for stay in here if period in periods(stay.began)]
                    belongs = partial(is_in, (scope_code, scope_id))
                    ended = [stay for stay in own if belongs(stay.last_owner)]
                    finished = [stay for stay in ended if stay.began and stay.end in ("advanced", "moved_back", "lost")]
                    mean = Fraction(sum(len(stay.owners) for stay in finished), len(finished)) if finished else None
                    steps = curve([stay for stay in own if stay.began and stay.is_seen], belongs)
                    quarters = [first(steps, lambda stayed, _, q=q: stayed <= 1 - q) for q in map(Fraction, ("1/4", "1/2", "3/4"))]
                    ahead = [first(steps, lambda _, advanced, q=q: advanced >= q) for q in map(Fraction, ("1/4", "1/2", "3/4"))]
                    known = [stay for stay in ended if stay.began]
                    count = len(ended), sum(stay.is_seen for stay in known), sum(not stay.is_seen for stay in known)
                    if any([*count, *quarters]):
                        expected[scope_code, scope_id, period, span, stage] = (
                            *count,
                            round(mean, 9) if mean is not None else None,
                            *quarters,
                            *ahead,
                        )
    return expected


# --- conversion


def outcome(deal: Deal, stage: str) -> tuple[Visit, str, date | None]:
    """The deal's first entry into the stage, what became of it, and when it advanced."""
    start = next(number for number, visit in enumerate(deal.visits) if visit.stage == stage)
    later = [visit for visit in deal.visits[start + 1 :] if visit.stage == "won" or STAGES[visit.stage] > STAGES[stage]]
    if later:
        return deal.visits[start], "advanced", later[0].entered
    return deal.visits[start], {"open": "still_open"}.get(deal.state, deal.state), None


def entries(deal: Deal) -> Iterator[tuple[str, date | None, str, list[str]]]:
    """Owner, day (None: nobody knows), stage, and what the deal counts as, once per stage it entered."""
    for stage in {visit.stage for visit in deal.visits} & set(STAGES):
        entry, became, advanced = outcome(deal, stage)
        day = None if entry.is_censored else entry.entered
        counts = ["entered", became, *(["unknown_entry"] if day is None else [])]
        if day and day + timedelta(30) <= AS_OF:
            counts += ["followed_30_days", *(["advanced_within_30_days"] if advanced and advanced <= day + timedelta(30) else [])]
        yield deal.owner(entry.entered), day, stage, counts


def exits(deal: Deal) -> Iterator[tuple[str, date | None, str, list[str]]]:
    """The same for every visit that ended, and for the stage it was lost from."""
    named = {"advanced": "forward_exit", "won": "forward_exit", "moved_back": "back_exit"}
    for visit in deal.visits:
        if visit.exited and visit.stage != "won":
            yield deal.owner(visit.exited, before=True), visit.exited, visit.stage, ["exit", named.get(visit.ended, f"{visit.ended}_exit")]
    if deal.state == "lost" and deal.end:
        yield deal.owner(deal.end, before=True), deal.end, deal.visits[-1].stage, ["lost_deal"]


def conversions(company: list[Deal]) -> dict[tuple, Counter]:
    found: dict[tuple, Counter] = defaultdict(Counter)
    told = [event for deal in company if deal.state != "merged" for event in [*entries(deal), *exits(deal)]]
    for owner, day, stage, counts in told:
        for scope in scopes(owner):
            for period in periods(day):
                found[(*scope, period, stage)].update(counts)
    return found


# --- the models


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("compiled")
    return compiled_models(root, AS_OF, ["stage_duration", "stage_conversion"], minimum_rate_count=MINIMUM)


@pytest.fixture(scope="module")
def empty() -> duckdb.DuckDBPyConnection:
    connection = warehouse(TABLES)
    fill(
        connection,
        "marts.dim_stage",
        [("s", name, number, True, False, False) for name, number in STAGES.items()] + [("s", "won", 8, True, True, False)],
    )
    fill(connection, "marts.dim_period", [("all", "all", None, None), *(("month", code, *span) for code, span in MONTHS.items())])
    days = [FIRST + timedelta(number) for number in range((AS_OF - FIRST).days + 1)]
    placed = [(day, "all" if code == "all" else "month", code) for day in days for code in periods(day)]
    fill(connection, "marts.dim_period_day", placed)
    member = [(owner, teams[0], date(1, 1, 1), date(9999, 12, 30)) for owner, teams in TEAM_OF.items() if teams[0]]
    fill(connection, "marts.dim_team_membership", member)
    fill(
        connection,
        "marts.dim_team_rollup",
        [(team, above) for team in ("north", "south") for above in (team, "country")] + [("country", "country")],
    )
    return connection


def tell(connection: duckdb.DuckDBPyConnection, company: list[Deal]) -> None:
    visits, owners = [], []
    for deal in company:
        for number, visit in enumerate(deal.visits, 1):
            key = f"{deal.name}#{number}"
            is_won, days = visit.stage == "won", None if visit.stage == "won" and visit.exited is None else visit.days
            visits.append(
                (
                    key,
                    deal.name,
                    number,
                    "s",
                    visit.stage,
                    STAGES.get(visit.stage, 8),
                    is_won,
                    visit.entered,
                    visit.exited,
                    days,
                    visit.ended,
                    visit.is_censored,
                )
            )
            owners.append((key, deal.owner(visit.entered), deal.owner(visit.exited, before=True) if visit.exited else None))
    fill(connection, "marts.fct_stage_visit", visits)
    fill(connection, "marts.stage_visit_attribution", owners)
    versions: list[tuple] = [("ended", 1, "p", FIRST, None, True, "register")]
    for deal in company:
        before = None if deal.told in ("first", "register") else deal.sight - timedelta(7)
        source = "register" if deal.told == "register" else "list"
        versions.append((deal.name, 1, deal.owners[0][1], deal.sight, before, False, source))
        versions += [(deal.name, number, name, since, since, True, source) for number, (since, name) in enumerate(deal.owners[1:], 2)]
    fill(connection, "canonical.opportunity_version", versions)
    facts = [
        (deal.name, "s", deal.state != "merged", deal.state == "won", deal.state == "lost", deal.state == "open", deal.counts_as_loss, deal.visits[-1].stage,
         deal.owner(deal.end, before=True) if deal.end else None, deal.end if deal.state in ("won", "lost") else None, deal.visits[0].entered if deal.told == "late" else None)
        for deal in company
    ]  # fmt: skip
    fill(connection, "marts.fct_opportunity", facts)


RANDOM = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@RANDOM
@given(company=deals())
def test_time_in_stage_is_what_was_lived_day_by_day(models: dict[str, str], empty: duckdb.DuckDBPyConnection, company: list[Deal]) -> None:
    tell(empty, company)
    rows = empty.execute(
        f"""select scope_code, scope_id, period_code, span_code, stage_code, deal_count, measured_count, out_of_sight_count, finished_mean_days,
        p25_days, median_days, p75_days, advance_p25_days, advance_median_days, advance_p75_days from ({models["stage_duration"]})
        where deal_count > 0 or p25_days is not null or median_days is not null or p75_days is not null"""
    ).fetchall()
    found = {row[:5]: tuple(None if cell is None else Fraction(cell) for cell in row[5:]) for row in rows}
    expected = {key: tuple(None if cell is None else Fraction(cell) for cell in cells) for key, cells in durations(company).items()}
    assert found == expected


@RANDOM
@given(company=deals())
def test_conversion_is_what_became_of_every_deal(models: dict[str, str], empty: duckdb.DuckDBPyConnection, company: list[Deal]) -> None:
    tell(empty, company)
    names = [
        "entered",
        "advanced",
        "lost",
        "still_open",
        "vanished",
        "unknown_entry",
        "exit",
        "forward_exit",
        "back_exit",
        "lost_exit",
        "vanished_exit",
        "lost_deal",
    ]
    follow = ["followed_30_days", "advanced_within_30_days"]
    counts = ", ".join(f"{name}_count" for name in [*names, *follow])
    rows = empty.execute(
        f"select scope_code, scope_id, period_code, stage_code, {counts}, advanced_rate, forward_exit_rate from ({models['stage_conversion']})"
    ).fetchall()
    expected = conversions(company)
    for scope_code, scope_id, period, stage, *cells, advanced_rate, forward_rate in rows:
        want = expected[scope_code, scope_id, period, stage]
        assert cells[: len(names)] == [want[name] for name in names], (scope_code, scope_id, period, stage)
        is_followed = period == "all" or MONTHS[period][1] + timedelta(30) <= AS_OF
        assert cells[len(names) :] == ([want[name] for name in follow] if is_followed else [None, None])
        assert want["entered"] == want["advanced"] + want["lost"] + want["still_open"] + want["vanished"]
        for rate, part, whole in ((advanced_rate, "advanced", "entered"), (forward_rate, "forward_exit", "exit")):
            assert rate == (None if want[whole] < MINIMUM else round(Fraction(want[part], want[whole]), 9)) or Fraction(rate) == round(
                Fraction(want[part], want[whole]), 9
            )
    shown = {tuple(row[:4]) for row in rows}
    assert {key for key, count in expected.items() if any(count.values())} <= shown
