"""The event log of the deals: what really happened to each, day by day.

Belongs here: simulating deals as dated events and asking for a deal's state on a day. Does not: planted oddities, files.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from generator.world import AS_OF, FIRST_WEEK, LEAVER, LEFT_ON, LOSS_REASONS, PRODUCTS, REPS, STAGES, Customer

MEAN_DAYS = {"standard": [13, 15, 18, 21, 17, 14, 16], "service": [7, 9, 10, 10]}
LOSS_CHANCE = {"standard": [0.15, 0.12, 0.10, 0.08, 0.08, 0.07, 0.12], "service": [0.14, 0.10, 0.12, 0.10]}


@dataclass
class Deal:
    """One deal. `moves`, `owners`, `amounts`, `due` are (day, value) in time order; amounts in thousands of the currency."""

    code: str
    customer: Customer
    stage_set: str
    created: date
    currency: str
    products: list[tuple]  # (product code, name, quantity)
    moves: list[tuple[date, str]] = field(default_factory=list)
    owners: list[tuple[date, str]] = field(default_factory=list)
    amounts: list[tuple[date, int | None]] = field(default_factory=list)
    due: list[tuple[date, date | None]] = field(default_factory=list)
    loss_reason: str | None = None

    @property
    def last(self) -> str:
        return self.moves[-1][1]

    @property
    def closed(self) -> date | None:
        """Day of the last move, if that closed the deal."""
        return self.moves[-1][0] if self.last in ends(self.stage_set) else None

    def on(self, day: date, what: str):
        """The value of `moves`, `owners`, `amounts` or `due` at the end of a day; None before the first."""
        past = [value for since, value in getattr(self, what) if since <= day]
        return past[-1] if past else None


def ends(stage_set: str) -> tuple[str, str]:
    """(won, lost) stage codes of a set."""
    return STAGES[stage_set][-2][0], STAGES[stage_set][-1][0]


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def walk(chance: random.Random, deal: Deal) -> None:
    """Fills `moves` from creation to AS_OF: mostly forward, now and then skipping, back, or lost."""
    codes = [code for code, _ in STAGES[deal.stage_set]]
    won, lost = ends(deal.stage_set)
    at, day = (1 if chance.random() < 0.1 else 0), deal.created
    deal.moves.append((day, codes[at]))
    while True:
        mean = MEAN_DAYS[deal.stage_set][at]
        day = working_day(day + timedelta(days=max(2, round(chance.gammavariate(1.7, mean / 1.7)))))
        if day > AS_OF:
            return
        draw = chance.random()
        if draw < LOSS_CHANCE[deal.stage_set][at]:
            deal.moves.append((day, lost))
            deal.loss_reason = chance.choice(LOSS_REASONS)
            return
        if draw > 0.95 and at > 0:
            at -= 1
        elif draw > 0.89 and at + 2 < len(codes) - 2:
            at += 2
        else:
            at += 1
        deal.moves.append((day, codes[at]))
        if codes[at] == won:
            return


def money(chance: random.Random, deal: Deal) -> None:
    """Amounts in thousands, changed now and then; due dates, pushed now and then."""
    total = sum(price * quantity for code, _, quantity in deal.products for number, _, _, price, _ in PRODUCTS if number == code)
    divisor = {"TWD": 1, "USD": 31, "EUR": 36, "JPY": 0.2, "CHF": 36}[deal.currency]
    amount = max(20, round(total * chance.uniform(0.8, 1.1) / divisor / 1000))
    deal.amounts.append((deal.created, amount))
    due = working_day(deal.created + timedelta(days=chance.randint(60, 200) if deal.stage_set == "standard" else chance.randint(25, 70)))
    deal.due.append((deal.created, due))
    for day, _ in deal.moves[1:]:
        if chance.random() < 0.2:
            amount = max(20, round(amount * chance.uniform(0.85, 1.2)))
            deal.amounts.append((day, amount))
        if chance.random() < 0.25:
            due = working_day(max(due, day) + timedelta(days=chance.randint(14, 45)))
            deal.due.append((day, due))


def simulate(chance: random.Random, customers: list[Customer], count: int) -> list[Deal]:
    """`count` deals: three in ten are older than the first report (and still open then), none starts with a rep who left."""
    deals = []
    while len(deals) < count:
        old = len(deals) < count * 3 // 10
        first, last = (
            (FIRST_WEEK - timedelta(days=110), FIRST_WEEK - timedelta(days=2))
            if old
            else (FIRST_WEEK + timedelta(days=1), AS_OF - timedelta(days=3))
        )
        created = working_day(first + timedelta(days=chance.randint(0, (last - first).days)))
        customer = chance.choice(customers)
        owner = customer.owner if chance.random() < 0.9 else chance.choice(list(REPS))
        if owner == LEAVER and created > LEFT_ON - timedelta(days=14):
            continue
        stage_set = "service" if chance.random() < 0.15 else "standard"
        pool = [product for product in PRODUCTS if (product[2] == "服務") == (stage_set == "service")]
        chosen = chance.sample(pool, chance.choice([1, 1, 1, 2]) if stage_set == "standard" else 1)
        products = [(code, name, chance.choice([1, 1, 2, 3]) if price < 4000000 else 1) for code, name, _, price, _ in chosen]
        currency = chance.choices(["TWD", "USD", "JPY", "EUR"], [86, 7, 4, 3])[0]
        deal = Deal("", customer, stage_set, created, currency, products)
        walk(chance, deal)
        if old and deal.closed and deal.closed <= FIRST_WEEK:
            continue
        deal.owners.append((created, owner))
        money(chance, deal)
        deals.append(deal)
    deals.sort(key=lambda deal: deal.created)
    for number, deal in enumerate(deals, 1):
        deal.code = f"D{number:04d}"
    return deals
