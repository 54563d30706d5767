"""truth.json: what a perfect warehouse must say about the demo, told from the event log and the rows typed, never by our models.

Belongs here: counting and adding up. Does not: changing anything.
"""

from collections import Counter
from decimal import Decimal
from itertools import pairwise

from generator.activities import Activity
from generator.deals import Deal, ends
from generator.plants import VANISHED_AFTER_WEEK, Planted
from generator.report import Row
from generator.world import AS_OF, REPS, STAGES, WEEKS, Customer, rate_on


def observed(weeks: dict[int, list[Row]]) -> dict[str, list[list]]:
    """deal -> [[week's Sunday, stage as written, stage code or null], …]: one entry each time an accepted row shows another stage."""
    found: dict[str, list[list]] = {}
    for week in sorted(weeks):
        for row in weeks[week]:
            if row.deal and row.fate == "accepted":
                seen = found.setdefault(row.deal, [])
                if not seen or seen[-1][2] != row.stage_code:
                    seen.append([str(WEEKS[week - 1]), row.stage_name, row.stage_code])
    return found


def moves(deal: Deal, seen: list[list]) -> list[dict]:
    """The observed moves with their kind: forward, backward, won, lost, reopened; skipped stages named."""
    order = [code for code, _ in STAGES[deal.stage_set]]
    won, lost = ends(deal.stage_set)
    found = []
    known = [entry for entry in seen if entry[2]]
    for (_, _, before), (week, _, after) in pairwise(known):
        step = order.index(after) - order.index(before)
        kind = (
            "lost"
            if after == lost
            else "won"
            if after == won
            else "reopened"
            if before in (won, lost)
            else "forward"
            if step > 0
            else "backward"
        )
        skipped = order[order.index(before) + 1 : order.index(after)] if kind in ("forward", "won") else []
        found.append({"week": week, "from": before, "to": after, "kind": kind, "skipped": skipped})
    return found


def deal_truth(deal: Deal, planted: Planted, seen: list[list]) -> dict:
    """Everything about one deal on the as-of date (a vanished one: when last reported). Amounts in units of the currency, as text."""
    vanished = planted.has("vanished", deal.code)
    day = WEEKS[VANISHED_AFTER_WEEK - 1] if vanished else AS_OF
    stage = deal.on(day, "moves")
    won, lost = ends(deal.stage_set)
    state = "vanished" if vanished else "won" if stage == won else "lost" if stage == lost else "open"
    thousands = deal.on(day, "amounts")
    rate = rate_on(deal.currency, deal.closed or AS_OF)
    base = None if thousands is None or rate is None else (Decimal(thousands * 1000) * rate).quantize(Decimal("0.01"))
    due = deal.on(day, "due")
    return {
        "customer": planted.customer_text.get(deal.code, deal.customer.name),
        "customer_code": None if planted.has("customer_not_listed", deal.code) else deal.customer.code,
        "owner": deal.on(day, "owners"),
        "stage_set": deal.stage_set,
        "stage": None if planted.has("unknown_stage", deal.code) else stage,
        "state": state,
        "created_date": str(deal.created),
        "closed_date": str(deal.closed) if deal.closed else None,
        "due_date": str(due) if due else None,
        "currency": deal.currency,
        "amount": None if thousands is None else f"{thousands * 1000}.00",
        "amount_base": None if base is None else str(base),
        "loss_reason": deal.loss_reason if state == "lost" else None,
        "products": [[code, quantity] for code, _, quantity in deal.products],
        "observed": seen,
        "moves": moves(deal, seen),
    }


def totals(deals: dict[str, dict]) -> dict:
    """Counts and money by state; money in base currency with the deals left out."""
    found: dict[str, dict] = {}
    for state in ("open", "won", "lost", "vanished"):
        of = [deal for deal in deals.values() if deal["state"] == state]
        found[state] = {
            "count": len(of),
            "amount_base": str(sum((Decimal(deal["amount_base"]) for deal in of if deal["amount_base"]), Decimal("0.00"))),
            "no_amount_count": sum(deal["amount"] is None for deal in of),
            "no_rate_count": sum(deal["amount"] is not None and deal["amount_base"] is None for deal in of),
        }
    found["counted_losses"] = {"count": sum(deal["state"] == "lost" and deal["loss_reason"] != "重複建檔" for deal in deals.values())}
    return found


def open_by_stage(deals: dict[str, dict]) -> dict[str, dict]:
    """'<set>/<stage>' -> open count and base amount; 'standard/null' holds the unknown stage names."""
    found: dict[str, dict] = {}
    for deal in deals.values():
        if deal["state"] == "open":
            entry = found.setdefault(f"{deal['stage_set']}/{deal['stage'] or 'null'}", {"count": 0, "amount_base": Decimal("0.00")})
            entry["count"] += 1
            entry["amount_base"] += Decimal(deal["amount_base"] or 0)
    return {key: {"count": entry["count"], "amount_base": str(entry["amount_base"])} for key, entry in sorted(found.items())}


def kinds_of_move(deals: dict[str, dict]) -> dict[str, list[str]]:
    """Deals whose observed moves show a re-entry, a skip, a move back."""

    def having(test) -> list[str]:
        return sorted(code for code, deal in deals.items() if test(deal))

    return {
        "re_entry": having(lambda deal: any(count > 1 for count in Counter(entry[2] for entry in deal["observed"] if entry[2]).values())),
        "skip": having(lambda deal: any(move["skipped"] for move in deal["moves"])),
        "backward": having(lambda deal: any(move["kind"] == "backward" for move in deal["moves"])),
    }


def activity_truth(activities: list[Activity]) -> dict:
    """Counts of delivered diary entries (less planted rows): in all, by rep, kind, month and deal."""
    return {
        "count": len(activities),
        "by_rep": dict(Counter(a.rep for a in activities)),
        "by_kind": dict(Counter(a.kind for a in activities)),
        "by_month": dict(Counter(f"{a.day:%Y-%m}" for a in activities)),
        "by_deal": dict(sorted(Counter(a.deal for a in activities if a.deal).items())),
    }


def custody(customers: list[Customer]) -> dict[str, list[str]]:
    """rep -> codes of the customers in his name on the list."""
    return {rep: [customer.code for customer in customers if customer.owner == rep] for rep in REPS}
