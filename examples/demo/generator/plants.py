"""Oddities planted on purpose, so that a test can look for each: first in the event log, then in single weeks of the report.

Belongs here: choosing the deals and saying what is done to them. Does not: ordinary events (deals.py) or writing files.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from generator.deals import Deal
from generator.world import AS_OF, LEAVER, LEFT_ON, NEW_LAYOUT_FROM, WEEKS

REPEATED_WEEK, COPIED_WEEK, LATE_WEEK = 20, 7, 9  # week numbers, 1-based
VANISHED_AFTER_WEEK = 16
UNKNOWN_STAGE = "待釐清"
ROW_FAULTS = [
    (8, "conflicting_rows"),
    (10, "bad_amount"),
    (11, "exact_duplicate"),
    (12, "bad_date"),
    (13, "error_cell"),
    (17, "blanked_cell"),
]
REOPEN = date(2026, 4, 22)
SCRIPTS = {  # deals whose moves are written by hand, on Wednesdays so that each is seen on a Sunday of its own
    "re_entry": [
        (date(2026, 2, 4), "contact_made"),
        (date(2026, 2, 25), "need_confirmed"),
        (date(2026, 3, 11), "proposal_supported"),
        (date(2026, 4, 1), "need_confirmed"),
        (date(2026, 4, 22), "proposal_supported"),
        (date(2026, 5, 27), "project_approved"),
    ],
    "skip": [
        (date(2026, 1, 28), "contact_made"),
        (date(2026, 2, 25), "need_confirmed"),
        (date(2026, 4, 15), "shortlisted"),
        (date(2026, 6, 3), "selected"),
    ],
    "backward": [
        (date(2026, 1, 14), "contact_made"),
        (date(2026, 1, 28), "need_confirmed"),
        (date(2026, 2, 11), "proposal_supported"),
        (date(2026, 3, 4), "project_approved"),
        (date(2026, 3, 25), "shortlisted"),
        (date(2026, 4, 15), "selected"),
        (date(2026, 5, 6), "negotiation"),
        (date(2026, 6, 10), "proposal_supported"),
    ],
    "reopened": [
        (date(2026, 1, 14), "contact_made"),
        (date(2026, 2, 4), "need_confirmed"),
        (date(2026, 3, 18), "lost"),
        (REOPEN, "need_confirmed"),
        (date(2026, 5, 20), "proposal_supported"),
    ],
    "no_evidence": [
        (date(2026, 2, 11), "contact_made"),
        (date(2026, 3, 4), "need_confirmed"),
        (date(2026, 4, 8), "proposal_supported"),
        (date(2026, 5, 13), "project_approved"),
        (date(2026, 6, 10), "shortlisted"),
    ],
}
SCRIPTED = {"re_entry": 3, "skip": 3, "backward": 2, "reopened": 2, "no_evidence": 5}


@dataclass
class Planted:
    """Everything planted, by name; deal codes unless said otherwise."""

    deals: dict[str, list[str]] = field(default_factory=dict)
    customer_text: dict[str, str] = field(default_factory=dict)  # deal -> name as the report writes it
    row_faults: dict[int, dict[str, str]] = field(default_factory=dict)  # week number -> {deal: fault}

    def has(self, name: str, deal: str) -> bool:
        return deal in self.deals.get(name, [])


@dataclass
class Picker:
    """Takes deals of the log at random, none twice, and notes what they were taken for."""

    chance: random.Random
    deals: list[Deal]
    planted: Planted
    used: set[str] = field(default_factory=set)

    def take(self, name: str, count: int, fits: Callable[[Deal], bool]) -> list[Deal]:
        pool = [d for d in self.deals if d.code not in self.used and d.stage_set == "standard" and d.owners[0][1] != LEAVER and fits(d)]
        chosen = sorted(self.chance.sample(pool, count), key=lambda deal: deal.code)
        self.used.update(deal.code for deal in chosen)
        self.planted.deals[name] = [deal.code for deal in chosen]
        return chosen


def plant(chance: random.Random, deals: list[Deal]) -> Planted:
    """Changes some deals of the log and says which, and which rows of which week will be faulty."""
    planted = Planted()
    picker = Picker(chance, deals, planted)
    for name, count in SCRIPTED.items():
        for deal in picker.take(name, count, lambda deal: date(2026, 1, 5) <= deal.created <= date(2026, 3, 20)):
            _rewrite(deal, name)
    _spoil_deals(picker)
    _misname_customers(picker)
    for week, fault in ROW_FAULTS:
        planted.row_faults[week] = {deal.code: fault for deal in picker.take(fault, 1, _reported_long)}
    _hand_over(planted, deals)
    return planted


def _open_since(day: date) -> Callable[[Deal], bool]:
    return lambda deal: deal.closed is None and deal.created <= day and deal.currency == "TWD"


def _reported_long(deal: Deal) -> bool:
    return deal.created <= WEEKS[4] and deal.currency == "TWD" and (deal.closed is None or deal.closed > WEEKS[18])


def _spoil_deals(picker: Picker) -> None:
    for deal in picker.take("missing_amount", 4, _open_since(date(2026, 6, 1))):
        deal.amounts = [(deal.created, None)]
    for deal in picker.take("currency_without_rate", 2, _open_since(date(2026, 5, 1))):
        deal.currency, deal.amounts = "CHF", [(deal.created, 150)]
    for deal in picker.take("duplicate_record", 2, lambda deal: deal.last == "lost"):
        deal.loss_reason = "重複建檔"
    picker.take("vanished", 1, _open_since(date(2026, 3, 1)))
    picker.take("unknown_stage", 2, _open_since(date(2026, 6, 1)))


def _misname_customers(picker: Picker) -> None:
    """Two customers that no list knows; and one deal in nine writes the name without, or with another form of, 股份有限公司."""
    texts = picker.planted.customer_text
    strangers = picker.take("customer_not_listed", 2, _open_since(date(2026, 6, 1)))
    texts.update(zip((deal.code for deal in strangers), ["海天生技股份有限公司", "Nordwind Maschinen GmbH"], strict=True))
    for number, deal in enumerate(picker.deals):
        if number % 9 == 4 and deal.code not in texts:
            bare = deal.customer.name.removesuffix("股份有限公司")
            texts[deal.code] = bare + picker.chance.choice(["", " 股份有限公司", "股份有限公司 "])


def _rewrite(deal: Deal, name: str) -> None:
    deal.moves = list(SCRIPTS[name])
    deal.created = deal.moves[0][0]
    deal.loss_reason = "價格太高" if name == "reopened" else None
    deal.owners = [(deal.created, deal.owners[0][1])]
    deal.amounts = [(deal.created, deal.amounts[-1][1])]
    deal.due = [(deal.created, date(2026, 9, 30))]


def _hand_over(planted: Planted, deals: list[Deal]) -> None:
    """The leaver's open deals: two in three go to colleagues on 18 May, the rest stay in his name."""
    held = [deal for deal in deals if deal.on(LEFT_ON, "owners") == LEAVER and (deal.closed is None or deal.closed > LEFT_ON)]
    for number, deal in enumerate(held):
        deal.moves = [move for move in deal.moves if move[0] <= LEFT_ON] or deal.moves[:1]
        deal.amounts = [change for change in deal.amounts if change[0] <= LEFT_ON] or deal.amounts[:1]
        if number % 3:
            deal.owners.append((date(2026, 5, 18), ["蔡明哲", "鄭雅文"][number % 2]))
    planted.deals["leaver_open_deals"] = [deal.code for deal in held]
    planted.deals["leaver_handed_over"] = [deal.code for deal in held if len(deal.owners) > 1]


def layout(week: int) -> int:
    """Layout of the report of a week: 1 or 2."""
    return 2 if week >= NEW_LAYOUT_FROM else 1


def reported_day(week: int) -> date:
    """The day whose state the report of a week shows: its Sunday, or the Sunday before in the week that repeats the last."""
    return WEEKS[week - 2] if week == REPEATED_WEEK else WEEKS[week - 1]


assert WEEKS[-1] == AS_OF
