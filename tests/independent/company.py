"""A random company: what happened to each deal, and what its weekly files and its log told of it.

Belongs here: histories, and the deliveries that tell of them. Does not: what should come of it (visits.py, results.py), or any rule of the models.

Two kinds of deals. *Logged* ones have every move in a log, to the minute; the weekly file agrees with it. *Observed* ones are known from the
weekly files alone: between two Sundays anything may have happened. Those may also vanish, come back, be deleted, merged, told late, or carry a
stage that nobody mapped. Every closing is shown by the file of its Sunday, if the deal is in it.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.fixtures.ledger import ZONE, Told

SUNDAYS = [date(2026, 1, 4) + timedelta(weeks=week) for week in range(20)]
AS_OF = date(2026, 5, 20)
STAGES = ("contact", "need", "proposal", "approved", "shortlisted", "selected", "negotiation")
WON, LOST, ODD = "won", "lost", "odd"
CLOSED = (WON, LOST)
REASONS = {"price": True, "competitor": True, "duplicate": False}  # counts as a loss
OWNERS = ("E1", "E2", "E3", "E4", "E5", "E6")
TEAMS = {"E1": "north", "E2": "north", "E3": "south", "E4": "south", "E5": "south"}  # E6 belongs to none
TEAM_ABOVE = {"north": "south"}
RATES = {
    date(2026, 1, 1): "30.50",
    date(2026, 2, 20): "31.25",
    date(2026, 5, 1): "29.75",
}  # from 2 to 19 February, and from 24 March to 30 April, none
FISCAL_START = 4
SPOILED = {"whole": 50, "gone": 12, "back": 12, "late": 8, "deleted": 6, "merged": 6, "odd": 6}  # of a hundred observed deals


@dataclass(frozen=True)
class Move:
    """A move as it happened: local time, from (None at creation) and to."""

    at: datetime
    source: str | None
    target: str


@dataclass
class Deal:
    key: str
    created: date
    is_logged: bool
    moves: list[Move] = field(default_factory=list)
    rows: dict[date, dict] = field(default_factory=dict)  # Sunday -> its row in that file; absent where the file lacks it
    is_created_known: bool = True
    is_creation_logged: bool = True

    @property
    def log(self) -> list[Move]:
        return (self.moves if self.is_creation_logged else self.moves[1:]) if self.is_logged else []


def make(seed: int, count: int) -> list[Deal]:
    chance = random.Random(seed)
    deals = [_deal(chance, f"D{number:04d}") for number in range(count)]
    return [deal for deal in deals if deal.rows]


def _deal(chance: random.Random, key: str) -> Deal:
    created = date(2025, 11, 1) + timedelta(days=chance.randrange(195))
    deal = Deal(key, created, chance.random() < 0.5, is_created_known=chance.random() < 0.95, is_creation_logged=chance.random() < 0.5)
    deal.moves = _history(chance, created)
    owners = _owners(chance, created)
    is_first = key.endswith("D0000")  # the one that others are merged into stays as it is
    amount, currency = chance.randrange(1, 400) * 1000, "USD" if chance.random() < 0.2 else "TWD"
    reason = chance.choice(list(REASONS))
    for sunday in SUNDAYS:
        if sunday < created:
            continue
        done = [move for move in deal.moves if move.at.date() <= sunday]
        if chance.random() < 0.05:
            amount += 1000
        deal.rows[sunday] = _row(deal, done[-1], owners, sunday, None if chance.random() < 0.01 else amount, currency, reason)
    if not deal.is_logged and not is_first:
        _spoil(chance, deal)
    return deal


def _history(chance: random.Random, created: date) -> list[Move]:
    """Moves until the last file: on, over some, back, out; sometimes several in one instant; after a closing sometimes on again. Between
    a closing, a reopening and the next move lie eight days each, so that the weekly file shows every one of them."""
    at = datetime.combine(created, time(chance.choice((0, 9, 23)), 10))
    stage = STAGES[0] if chance.random() < 0.8 else chance.choice(STAGES[1:5])
    moves = [Move(at, None, stage)]
    while True:
        if stage in CLOSED:
            if chance.random() > 0.25:
                return moves
            at += timedelta(days=8 + chance.randrange(15), hours=chance.randrange(3))
            target = chance.choice(STAGES[1:])
        else:
            least = 8 if moves[-1].source in CLOSED else 1
            at += (
                timedelta(0)
                if least == 1 and chance.random() < 0.12
                else timedelta(days=chance.randrange(least, 24), minutes=chance.randrange(720))
            )
            target = _next(chance, STAGES.index(stage))
        if at.date() > SUNDAYS[-1]:
            return moves
        moves.append(Move(at, stage, target))
        stage = target


def _next(chance: random.Random, position: int) -> str:
    draw = chance.random()
    if draw < 0.10:
        return LOST
    if draw < 0.16 + 0.04 * position:
        return WON
    if draw < 0.55 and position:
        return STAGES[chance.randrange(position)] if draw < 0.45 else STAGES[position - 1]
    beyond = STAGES[position + 1 :]
    return WON if not beyond else chance.choice(beyond[:4]) if draw < 0.70 else beyond[0]


def _owners(chance: random.Random, created: date) -> list[tuple[date, str]]:
    owners = [(created, chance.choice(OWNERS))]
    while chance.random() < 0.5:
        owners.append((owners[-1][0] + timedelta(days=chance.randrange(1, 40)), chance.choice(OWNERS)))
    return owners


def _row(deal: Deal, last: Move, owners: list[tuple[date, str]], sunday: date, amount: int | None, currency: str, reason: str) -> dict:
    is_closed = last.target in CLOSED
    return {
        "stage": last.target, "owner": [owner for day, owner in owners if day <= sunday][-1], "amount": amount, "currency_code": currency,
        "created_date": deal.created if deal.is_created_known else None, "closed_date": last.at.date() if is_closed else None,
        "loss_reason": reason if last.target == LOST else None, "is_deleted": False, "merged_into": None,
    }  # fmt: skip


def _spoil(chance: random.Random, deal: Deal) -> None:
    """What happens to records rather than to deals; never to one that was reopened, nor once a closing was told."""
    seen = sorted(deal.rows)
    kind = chance.choices(list(SPOILED), list(SPOILED.values()))[0]
    if kind == "whole" or len(seen) < 4 or any(move.source in CLOSED for move in deal.moves):
        return
    first = chance.randrange(1, len(seen) - 1)
    before = deal.rows[seen[first - 1]]
    if before["stage"] in CLOSED:
        return
    if kind in ("deleted", "merged"):  # nobody edits it any more
        mark = {"is_deleted": True} if kind == "deleted" else {"merged_into": "D0000"}
        deal.rows |= {sunday: {**before, **mark} for sunday in seen[first:]}
    elif kind == "odd":
        deal.rows[seen[first]] |= {} if deal.rows[seen[first]]["stage"] in CLOSED else {"stage": ODD}
    else:
        last = {"gone": len(seen), "back": min(first + chance.randrange(1, 4), len(seen) - 1)}.get(kind, first)
        for sunday in seen[:first] if kind == "late" else seen[first:last]:
            del deal.rows[sunday]


def scaled(deals: list[Deal], factor: int, called: dict[str, str]) -> list[Deal]:
    """The same company with every amount times `factor` and every person under another name."""
    return [
        replace(deal, rows={day: {**row, "amount": row["amount"] and row["amount"] * factor, "owner": called[row["owner"]]} for day, row in deal.rows.items()})
        for deal in deals
    ]  # fmt: skip


def told(deals: list[Deal], owners: tuple[str, ...] = OWNERS, teams: dict[str, str] | None = None) -> list[Told]:
    """Everything that was delivered: the playbook, twenty weekly files, one log."""
    files = [
        Told("weekly", sunday, {"opportunity": [_told_row(deal, deal.rows[sunday]) for deal in deals if sunday in deal.rows]})
        for sunday in SUNDAYS
    ]
    log = [
        {"_key": f"{deal.key}|{number:03d}", "opportunity": (deal.key, "weekly", "id"), "from_stage": move.source, "to_stage": move.target,
         "changed_at": utc(move.at).isoformat() + "Z", "changed_by": None}
        for deal in deals for number, move in enumerate(deal.log)
    ]  # fmt: skip
    return [playbook(owners, TEAMS if teams is None else teams), *files, Told("log", SUNDAYS[-1], {"stage_change": log})]


def _told_row(deal: Deal, row: dict) -> dict:
    texts = {name: None if value is None else str(value).lower() if isinstance(value, bool) else str(value) for name, value in row.items()}
    return {"_key": deal.key, "opportunity_name": deal.key, **texts}


def utc(local: datetime) -> datetime:
    """Naive UTC of a local time of the company."""
    return local.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC).replace(tzinfo=None)


def playbook(owners: tuple[str, ...], teams: dict[str, str]) -> Told:
    """Eight steps, what loses, who is where, and a rate now and then."""
    steps = [*STAGES, WON, LOST]
    valid = {"valid_from_date": "2020-01-01"}
    return Told("playbook", date(2025, 12, 1), kind="playbook", rows={
        "stage_set": [{"_key": "standard", "stage_set_code": "standard", "stage_set_name_en": "standard", "is_default": "true", **valid}],
        "stage": [
            {"_key": code, "stage_set_code": "standard", "stage_code": code, "stage_number": None if code == LOST else str(number), "stage_name_en": code.title(),
             "declared_probability_rate": f"{0 if code == LOST else number / 8}", "is_won": str(code == WON).lower(), "is_lost": str(code == LOST).lower(),
             "band_code": "potential", "stall_days": "14", **valid}
            for number, code in enumerate(steps, 1)
        ],
        "people": [{"_key": owner, "owner_code": owner, "owner_name": f"Person {owner}", "alias": owner, "joined_date": "2020-01-01"} for owner in owners],
        "team": [{"_key": team, "team_name": team, "parent_team": TEAM_ABOVE.get(team)} for team in ("north", "south")],
        "team_membership": [{"_key": f"{owner}|{team}", "owner": owner, "team": team, **valid} for owner, team in teams.items()],
        "loss_reason": [{"_key": code, "loss_reason_code": code, "source_loss_reason": code, "counts_as_loss": str(counts).lower()} for code, counts in REASONS.items()],
        "exchange_rate": [{"_key": f"{day}|USD", "rate_date": str(day), "from_currency_code": "USD", "to_currency_code": "TWD", "rate": rate} for day, rate in RATES.items()],
    })  # fmt: skip
