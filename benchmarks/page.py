"""The page docs/benchmarks.md: what was measured, on which machine, on which day, against which goal.

Belongs here: figures -> text. Does not: measuring.
"""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.landing import STAGES, Landed
from benchmarks.made_workbook import CELLS
from benchmarks.many_deliveries import DELIVERIES, GOAL, RECORDS, ManyDeliveries
from benchmarks.measure import Run


@dataclass
class Measured:
    """One size. Bytes and seconds; `wrong` lists rows in which floor and published file differ (none expected)."""

    deals: int
    source_bytes: int
    ledger_bytes: int  # Parquet: content, membership, problems
    original_bytes: int
    first: Run
    delta: Run
    empty: Run
    full: Run | None  # not measured above FULL_UP_TO deals: reported, without a goal
    floor_seconds: float
    compared_seconds: float
    wrong: list[Any]
    landed: Landed  # the same files through landing alone


def write_page(page: Path, measured: list[Measured], workbook: Landed, many: ManyDeliveries) -> None:
    """Overwrite the page with the sizes measured so far."""
    last = measured[-1]
    parts = [*_head(), *_sizes(measured), *_landing(last, workbook), *_fixed(last), *_slowest(last), *_many(many)]
    page.write_text("\n".join(parts) + "\n", encoding="utf-8")


def machine() -> str:
    """On which machine, on which day, with what else going on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "dbt-core", "polars", "dagster"))
    return (
        f"{datetime.now(UTC):%Y-%m-%d}. Machine: {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {packages}; load {os.getloadavg()[1]:.1f} while writing "
        "(above the number of cores, other work was measured along)."
    )


def _head() -> list[str]:
    return [
        "# Benchmarks",
        "",
        f"Written by `make bench` on {machine()}",
        "",
        "Input: seeded, three CSV files: deals, 4.5 stage moves and 20 activities a deal. *Floor*: one hand-written DuckDB script from the landed",
        "files to typed deals, moves and activities, stage visits, activities by visit, funnel, win rate and cycle. It keeps no versions, lineage,",
        "issues or checks. *Models to the same figures*: those tables of the product and all that they are made from. Both funnels are compared.",
        "",
    ]


def _sizes(measured: list[Measured]) -> list[str]:
    head = [f"{one.deals:,} deals" for one in measured]
    lines = [f"| | goal | {' | '.join(head)} |", f"|---|---|{'---|' * len(head)}"]
    for name, goal, show in _ROWS:
        lines.append(f"| {name} | {goal} | {' | '.join(show(one) for one in measured)} |")
    return lines


_ROWS: list[tuple[str, str, Any]] = [
    ("rows landed in the first night", "", lambda one: f"{one.first.rows:,}"),
    ("landing alone, rows/s of CSV", "≥ 150,000", lambda one: f"{one.landed.rate():,.0f}"),
    ("landing alone, peak memory, GiB", "≤ 4 at 500 k", lambda one: f"{one.landed.peak_bytes / 2**30:.2f}"),
    ("landing in the first night, rows/s of CSV", "", lambda one: f"{one.first.rows / one.first.landing_seconds:,.0f}"),
    ("ledger Parquet per source byte", "", lambda one: f"{one.ledger_bytes / one.source_bytes:.2f}"),
    ("archived originals per source byte", "", lambda one: f"{one.original_bytes / one.source_bytes:.2f}"),
    ("first night, s", "", lambda one: f"{one.first.seconds:.1f}"),
    ("all models, s (sum over models)", "", lambda one: f"{sum(one.first.models.values()):.1f}"),
    ("models to the same figures, s", "≤ 2 × floor", lambda one: f"{one.compared_seconds:.1f}"),
    ("floor, s", "", lambda one: f"{one.floor_seconds:.2f}"),
    ("models / floor", "≤ 2", lambda one: f"{one.compared_seconds / one.floor_seconds:.1f}"),
    ("funnel equal to the floor's", "yes", lambda one: "yes" if not one.wrong else f"no: {len(one.wrong)} rows"),
    ("1 % night as a delta, s", "", lambda one: f"{one.delta.seconds:.1f}"),
    ("… of the first night", "≤ 25 %", lambda one: f"{one.delta.seconds / one.first.seconds:.0%}"),
    ("1 % night as full files, s", "none", lambda one: f"{one.full.seconds:.1f}" if one.full else "not measured"),
    ("empty night, s", "≤ 30", lambda one: f"{one.empty.seconds:.1f}"),
    (
        "peak memory, GiB",
        "≤ 4 at 500 k",
        lambda one: f"{max(run.peak_bytes for run in (one.first, one.delta, one.empty, one.full) if run) / 2**30:.2f}",
    ),
]


def _landing(last: Measured, workbook: Landed) -> list[str]:
    lines = [
        "",
        f"## Landing alone ({last.deals:,} deals, and one workbook)",
        "",
        "Each file in a fresh company: *open* (size and hash, encoding proven, header; a workbook is read whole), *stage* (decode, parse, hash, content",
        "and membership Parquet), *check* (the landing border), *commit* (archive, fsync, manifest). The checks' library is loaded once a process, in",
        f"{last.landed.library_seconds:.1f} s, and is not in these figures. The workbook's {CELLS:,} cells landed in {workbook.seconds('report'):.1f} s (goal ≤ 5); its process",
        f"held {workbook.peak_bytes / 2**30:.2f} GiB at most.",
        "",
        f"| file | rows | MB | {' | '.join(f'{stage}, s' for stage in STAGES)} | s | rows/s |",
        f"|---|{'---|' * (len(STAGES) + 4)}",
    ]
    for result in (last.landed, workbook):
        for name, file in result.files.items():
            times = " | ".join(f"{file[stage]:.2f}" for stage in STAGES)
            figures = f"{file['rows']:,} | {file['bytes'] / 1e6:.0f} | {times} | {result.seconds(name):.2f} | {result.rate(name):,.0f}"
            lines.append(f"| {name} | {figures} |")
    return lines


def _fixed(last: Measured) -> list[str]:
    durations = last.empty.summary["durations"]
    steps = [f"| {step} | {seconds:.1f} |" for step, seconds in durations.items()]
    rest = f"| starting Python, importing, closing | {last.empty.seconds - sum(durations.values()):.1f} |"
    return ["", f"## Where an empty night goes ({last.deals:,} deals)", "", "| step | s |", "|---|---|", *steps, rest]


def _slowest(last: Measured) -> list[str]:
    slowest = sorted(last.first.models.items(), key=lambda item: -item[1])[:12]
    return [
        "",
        f"## The slowest models of the first night ({last.deals:,} deals)",
        "",
        "| model | s |",
        "|---|---|",
        *(f"| {name} | {seconds:.2f} |" for name, seconds in slowest),
    ]


def _many(many: ManyDeliveries) -> list[str]:
    def row(name: str, other: Run) -> str:
        pairs = [
            (many.one.seconds, other.seconds),
            (many.one.processor_seconds, other.processor_seconds),
            (sum(many.one.models.values()), sum(other.models.values())),
        ]
        return f"| {name} | " + " | ".join(f"{one:.1f} | {after:.1f} | {after / one:.2f}" for one, after in pairs) + " |"

    rising = sorted(many.many.models, key=lambda name: many.one.models.get(name, 0) - many.many.models[name])[:6]
    unchanged = "no row of any table" if not many.unequal else "rows of " + ", ".join(many.unequal)
    return [
        "",
        f"## After {DELIVERIES} full deliveries",
        "",
        f"One list of {RECORDS:,} deals, delivered whole each day, one deal in a hundred changed. Each night brings one more; before it lies one "
        f"earlier list, or {DELIVERIES}. Goal: at most {GOAL - 1:.0%} slower. Processor seconds hardly depend on what else the machine does.",
        f"Merging content files ({many.content_files[0]} to {many.content_files[1]}) changed {unchanged}.",
        "",
        f"| night | after 1, s | after {DELIVERIES}, s | ratio | processor, 1 | processor, {DELIVERIES} | ratio | models, 1 | models, {DELIVERIES} | ratio |",
        f"|---|{'---|' * 9}",
        row("content merged", many.many),
        row("the night that merges it", many.merging),
        row("content in one file a delivery", many.unmerged),
        "",
        "Models that take longer after many (s): "
        + ", ".join(f"{name} {many.one.models.get(name, 0):.2f} → {many.many.models[name]:.2f}" for name in rising)
        + ".",
    ]
