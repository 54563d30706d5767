"""A night after 400 full deliveries of one list against a night after one: the same records, one in a hundred of them changed each day.

Belongs here: that company, its nights, and what they came to. Does not: measuring a night (measure.py), or wording (page.py).
Both companies hold the same newest list; they differ in how many earlier ones lie before it. The content files of the 400 are measured
once as they were written, one a delivery, and once merged.
"""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.made_company import STAGES, configure
from benchmarks.measure import Run, funnel, night
from pipelines.warehouse.fingerprint import table_fingerprints

DELIVERIES = 400
RECORDS = 1_000
FIRST = date(2025, 6, 1)
GOAL = 1.25


@dataclass
class ManyDeliveries:
    """Nights that bring one more full list each. `unmerged` is the first after the many, its content in one file a delivery; `merging` the
    same night where it merges them; `many` and `one` the night after that. `unequal`: tables that merging changed (none expected)."""

    one: Run
    many: Run
    unmerged: Run
    merging: Run
    content_files: tuple[int, int]
    unequal: list[str]


def measure_many(folder: Path) -> ManyDeliveries:
    """Five measured nights and two that only fill the ledgers; `folder` is left as it is."""
    one, unmerged, merged = folder / "one", folder / "unmerged", folder / "merged"
    for company, first in ((one, DELIVERIES), (unmerged, 1)):
        funnel("init", str(company), "--language", "en")
        configure(company, "full", ("deals",))
        for number in range(first, DELIVERIES + 1):
            deliver(company, number)
        night(company, day(DELIVERIES), is_merging=company == one)
    shutil.copytree(unmerged, merged, symlinks=True)
    for company in (one, unmerged, merged):
        deliver(company, DELIVERIES + 1)
    night(one, day(DELIVERIES + 1))
    before = night(unmerged, day(DELIVERIES + 1), is_merging=False)
    merging = night(merged, day(DELIVERIES + 1))
    counts = (content_files(unmerged), content_files(merged))
    unequal = differing(unmerged, merged)
    for company in (one, merged):
        deliver(company, DELIVERIES + 2)
    return ManyDeliveries(night(one, day(DELIVERIES + 2)), night(merged, day(DELIVERIES + 2)), before, merging, counts, unequal)


def day(number: int) -> str:
    """The date of the list with this number, from 1."""
    return (FIRST + timedelta(days=number - 1)).isoformat()


def deliver(company: Path, number: int) -> None:
    """The whole list of one day. Record r changes its amount on every hundredth day, and its stage on every fourth such day."""
    lines = ["id,name,owner,stage,amount,currency,created,expected_close,closed,loss_reason"]
    stages = STAGES.strip("[]").replace("'", "").split(",")
    for record in range(RECORDS):
        changes = (number + record) // 100
        stage = stages[min(record % 3 + changes // 4, len(stages) - 2)]
        amount = 10_000 + record * 37 + changes * 50
        lines.append(f"D{record:05d},Deal {record},rep {record % 40},{stage},{amount},TWD,{FIRST},2027-01-01,,")
    file = company / "inbox" / f"deals_{day(number).replace('-', '')}.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def content_files(company: Path) -> int:
    return len(list((company / "data" / "landing" / "deals").glob("*/content/*.parquet"))) - 1  # less the schema's


def differing(one: Path, other: Path) -> list[str]:
    """Tables whose rows differ between two published files."""
    left, right = (table_fingerprints(company / "data" / "published" / "funnel.duckdb") for company in (one, other))
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))
