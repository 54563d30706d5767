"""What the gates must say about every forward move and win, told from the event log, the diaries and the playbook's own files.

Belongs here: the definitions of docs/metrics.md worked out day by day. Does not: anything the models do; writing files.
A day is the span [day, day + 1). A weekly report bounds what it shows: not before the report of the week before, not after itself.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

from generator.activities import Activity
from generator.deals import Deal, ends
from generator.world import AS_OF, STAGES, WEEKS

LONG_AGO, DAY = date(1, 1, 1), timedelta(days=1)
KINDS = {"拜訪": "visit", "電話": "call", "郵件": "email", "會議": "meeting", "其他": "other"}


@dataclass
class Visit:
    """A stay in a stage: it began within [entry_from, entry_by] and ended within [exit_from, exit_by], all midnights."""

    stage: str
    entry_from: date
    entry_by: date
    exit_from: date = AS_OF + DAY
    exit_by: date = AS_OF + DAY

    def holds(self, day: date) -> bool:
        return self.entry_by <= day and day + DAY <= self.exit_from

    def may_hold(self, day: date) -> bool:
        return self.entry_from < day + DAY and day < self.exit_by


def visits(deal: Deal, seen: list[list]) -> list[Visit]:
    """Stays of a deal in order, losses ending one and beginning none."""
    order = [code for code, _ in STAGES[deal.stage_set]]
    lost = ends(deal.stage_set)[1]
    events = [(code, *_when(deal, number, date.fromisoformat(week), code, order)) for number, (week, _, code) in enumerate(_known(seen))]
    starts = list(accumulate((first for _, first, _ in events), max))
    stops = list(accumulate((last for _, _, last in reversed(events)), min))[::-1]
    found: list[Visit] = []
    for (code, _, _), first, last in zip(events, starts, stops, strict=True):
        if found and found[-1].exit_by == AS_OF + DAY:
            found[-1].exit_from, found[-1].exit_by = first, last
        if code != lost:
            found.append(Visit(code, first, last))
    return found


def _known(seen: list[list]) -> list[list]:
    return [entry for entry in seen if entry[2]]


def _when(deal: Deal, number: int, week: date, code: str, order: list[str]) -> tuple[date, date]:
    """Midnights between which the change shown by the report of `week` happened: creations and closes tell their day."""
    before = week - 7 * DAY
    if code in ends(deal.stage_set):
        closed = max(day for day, stage in deal.moves if stage == code and day <= week)
        return closed, closed + DAY
    if number == 0 and code == order[0]:
        return deal.created, deal.created + DAY
    if number == 0 and (week == WEEKS[0] or deal.created <= before):
        return LONG_AGO, week + DAY
    return before + DAY, week + DAY


class Gates:
    """The playbook's tasks, and every diary entry with what its texts are worth."""

    def __init__(self, playbook: Path, entries: list[Activity]) -> None:
        with (playbook / "stage_task.csv").open(encoding="utf-8", newline="") as file:
            self.tasks = list(csv.DictReader(file))
        with (playbook / "text_rule.csv").open(encoding="utf-8", newline="") as file:
            limits = {rule["text_field"]: int(rule["maximum_repetitions"] or 10**9) for rule in csv.DictReader(file)}
        texts = {"purpose_text": lambda a: a.purpose, "content_text": lambda a: a.content, "feedback_text": lambda a: a.feedback}
        uses = {name: Counter((a.rep, text(a)) for a in entries) for name, text in texts.items()}
        self.said = {
            id(a): {name for name, text in texts.items() if text(a) and uses[name][a.rep, text(a)] <= limits[name]} for a in entries
        }
        self.by_deal: dict[str | None, list[Activity]] = {}
        for entry in entries:
            self.by_deal.setdefault(entry.deal, []).append(entry)

    def judge(self, deal: Deal, seen: list[list], moves: list[dict]) -> None:
        """Adds to each forward move and win its requirements as "stage task required strict lenient", and whether it passed."""
        stays, number = visits(deal, seen), -1
        lost = ends(deal.stage_set)[1]
        for move in moves:
            number += move["from"] != lost
            if move["kind"] in ("forward", "won"):
                asked = [
                    self._count(deal, stays[: number + 1], task)
                    for stage in (move["from"], *move["skipped"])
                    for task in self.tasks
                    if (task["stage_set_code"], task["stage_code"]) == (deal.stage_set, stage)
                ]
                move["gate"] = sorted(" ".join(map(str, requirement)) for requirement in asked)
                move["strict"] = all(strict >= least for *_, least, strict, _ in asked) if asked else None
                move["lenient"] = all(lenient >= least for *_, least, _, lenient in asked) if asked else None

    def _count(self, deal: Deal, stays: list[Visit], task: dict[str, str]) -> list:
        stages = {stays[-1].stage, task["stage_code"]}
        entries = [
            entry
            for entry in self.by_deal.get(deal.code, [])
            if KINDS[entry.kind] == task["activity_type"] and set(task["required_texts"].split("|")) <= self.said[id(entry)]
        ]
        within = [stay for stay in stays if stay.stage in stages]
        strict = sum(any(stay.holds(entry.day) for stay in within) for entry in entries)
        lenient = sum(any(stay.may_hold(entry.day) for stay in within) for entry in entries)
        return [task["stage_code"], task["task_code"], int(task["minimum_count"]), strict, lenient]
