"""Makes the demo company's inbox, playbook and truth.json: `python examples/demo/generate.py [folder]`. Same seed, same bytes.

Belongs here: the order of the steps. Does not: any of them (generator/).
"""

import json
import random
import sys
from calendar import monthrange
from dataclasses import replace
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from generator import activities, attribution, deals, gates, lists, plants, report, truth, workbooks, world

SEED, DEALS = 20260628, 400
HERE = Path(__file__).parent
DEFAULT_PLAYBOOK = HERE.parent.parent / "pipelines" / "defaults" / "playbook"


def generate(folder: Path) -> dict:
    """Writes inbox/, playbook/ and truth.json into `folder`; returns the truth."""
    inbox, diaries = folder / "inbox", folder / "inbox" / "日誌"
    diaries.mkdir(parents=True, exist_ok=True)
    customers = world.customers(random.Random(SEED))
    log = deals.simulate(random.Random(SEED + 1), customers, DEALS)
    planted = plants.plant(random.Random(SEED + 2), log)
    done = activities.simulate(random.Random(SEED + 3), log, customers, planted)
    by_code = {deal.code: deal for deal in log}

    weeks = {week: report.week_rows(log, planted, week) for week in range(1, len(world.WEEKS) + 1)}
    files = [week_truth(workbooks.write_report(inbox, week, rows, by_code), week, rows, by_code) for week, rows in weeks.items()]
    copy = workbooks.write_report(inbox, plants.COPIED_WEEK, weeks[plants.COPIED_WEEK], by_code, copy=True)
    diary = write_diaries(diaries, done)
    lists.write_playbook(folder / "playbook", DEFAULT_PLAYBOOK)
    reference = {
        "customer_list": lists.write_customers(inbox, customers),
        "product_list": lists.write_products(inbox),
        "target_list": lists.write_targets(inbox),
    }

    seen = truth.observed(weeks)
    known = {code: truth.deal_truth(deal, planted, seen[code]) for code, deal in by_code.items()}
    entries = [*done, *(entry for name, entry in again(done).values() if name != "bad_date")]
    judge = gates.Gates(folder / "playbook", entries)
    for code, deal in by_code.items():
        judge.judge(deal, seen[code], known[code]["moves"])
        for move in known[code]["moves"]:
            move["owner"] = attribution.owner_of_move(deal, move)
        stays = gates.visits(deal, seen[code])
        known[code]["done_during"] = attribution.done_during(deal, stays, judge.by_deal.get(code, []), planted.has("vanished", code))
    told = {
        "seed": SEED,
        "as_of_date": world.AS_OF.isoformat(),
        "totals": truth.totals(known),
        "open_by_stage": truth.open_by_stage(known),
        "weekly_report": files,
        "held_copy": {"file": copy, "of": f"週報_{world.WEEKS[plants.COPIED_WEEK - 1]:%Y%m%d}.xlsx", "code": "FNL-302"},
        "repeated_week": f"{world.WEEKS[plants.REPEATED_WEEK - 1]}",
        "late_week": f"{world.WEEKS[plants.LATE_WEEK - 1]}",
        "reference": reference,
        "planted": {**planted.deals, "refused_without_key": {"week": str(world.WEEKS[5]), "count": 1}},
        "row_faults": {str(world.WEEKS[week - 1]): faults for week, faults in planted.row_faults.items()},
        "as_observed": truth.kinds_of_move(known),
        "leaver": {
            "rep": world.LEAVER,
            "code": world.CODES[world.LEAVER],
            "left_date": str(world.LEFT_ON),
            "customers": truth.custody(customers)[world.LEAVER],
        },
        "silent": {"rep": world.SILENT, "last_diary": str(world.SILENT_AFTER)},
        "moved": {"rep": world.MOVER, "date": str(world.MOVED_ON), "to": world.MOVED_TO},
        "reps": world.CODES,
        "customers_by_rep": truth.custody(customers),
        "activity": {**truth.activity_truth(done), "meant_for": attribution.meant_for(by_code, known, entries)},
        "diary": diary,
        "product_count": len(world.PRODUCTS),
        "target_count": len(lists.targets()),
        "target_amount": f"{sum(target[-1] for target in lists.targets()) * 1000}.00",
        "deals": known,
    }
    (folder / "truth.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return told


def week_truth(name: str, week: int, rows: list[report.Row], by_code: dict) -> dict:
    """Physical rows of the deal sheet (title 2, blank 1, header 1, total 1) and of the line sheet (header 1)."""
    fates = [row.fate for row in rows]
    lines = len(workbooks.product_lines(rows, by_code))
    return {
        "file": name,
        "date": str(world.WEEKS[week - 1]),
        "saved_at": workbooks.saved_at(week).isoformat(),
        "layout": plants.layout(week),
        "source": len(rows) + 5,
        "accepted": len(rows) - fates.count("refused"),
        "refused": fates.count("refused"),
        "blank": 1,
        "title": 4,
        "duplicates": fates.count("duplicate"),
        "lines": lines,
    }


def again(done: list[activities.Activity]) -> dict[tuple[int, int], tuple[str, activities.Activity]]:
    """(month, number of the rep) -> what is planted there and its entry, a copy of the rep's last of that month."""
    reps, found = list(world.REPS), {}
    for (month, number), name in {(3, 4): "exact_duplicate", (2, 6): "bad_date", (5, 8): "unknown_deal"}.items():
        last = [activity for activity in done if activity.rep == reps[number] and activity.day.month == month][-1]
        found[month, number] = (name, replace(last, deal="D9999") if name == "unknown_deal" else replace(last))
    return found


def write_diaries(folder: Path, done: list[activities.Activity]) -> dict:
    """A workbook per rep and month. Planted: an exact duplicate, a bad date, an entry about a deal nobody knows."""
    files, planted, copies = [], {}, again(done)
    for month in range(1, 7):
        month_end = min(date(2026, month, monthrange(2026, month)[1]), world.AS_OF)
        for number, rep in enumerate(world.REPS):
            own = [activity for activity in done if activity.rep == rep and activity.day.month == month]
            extra = []
            if (month, number) in copies:
                name, entry = copies[month, number]
                cells = workbooks.diary_cells(entry)
                extra = [["115/02/30", *cells[1:]] if name == "bad_date" else cells]
                planted[name] = {"rep": rep, "month": f"2026-{month:02d}", "count": 1}
                if name == "unknown_deal":
                    planted[name]["deal"] = entry.deal
            if own:
                name, rows = workbooks.write_diary(folder, rep, month_end, own, extra)
                files.append({"file": f"日誌/{name}", "rep": rep, "date": str(month_end), "rows": rows})
    return {"files": files, "planted": planted}


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    told = generate(target)
    print(
        json.dumps(
            {
                "totals": told["totals"],
                "activities": told["activity"]["count"],
                "as_observed": {key: len(value) for key, value in told["as_observed"].items()},
            },
            indent=1,
        )
    )
