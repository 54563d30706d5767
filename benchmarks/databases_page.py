"""The page docs/benchmarks_sql.md: first loads from databases, each figure against its goal.

Belongs here: figures -> text. Does not: measuring.
"""

from pathlib import Path

from benchmarks.databases import COLUMNS, Loaded
from benchmarks.landing import STAGES
from benchmarks.page import machine

NAMES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "sqlite": "SQLite"}
GOALS = {"postgresql": "≥ 150,000"}


def write_databases_page(page: Path, loads: list[Loaded]) -> None:
    """Overwrite the page."""
    parts = [
        "# Benchmarks of databases",
        "",
        f"Written by `make bench BENCH=sql` on {machine()}",
        "",
        f"A first load of deals with {len(COLUMNS.split(', '))} columns into an empty ledger, from a server on the same two cores. *To text* is the reading alone, in a process",
        "that throws the rows away. *Into the ledger* is all of a night's landing: *open* (asked, to text, written to the extraction's file and hashed), *stage*,",
        "*check* and *commit* as on [benchmarks.md](benchmarks.md). Libraries are loaded before the clock starts. *Peak* is VmHWM of that process.",
        "Processor seconds are that process's own, without the server's, and hardly depend on what else the machine does; the load before each says how much that was.",
        "",
        "| database | rows | to text, rows/s | processor, s | peak, MiB | goal | into the ledger, rows/s | processor, s | peak, MiB | "
        + " | ".join(f"{stage}, s" for stage in STAGES)
        + " | load before |",
        f"|---|{'---|' * (9 + len(STAGES))}",
        *map(_row, loads),
    ]
    page.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _row(one: Loaded) -> str:
    stages = " | ".join(f"{one.seconds[stage]:.2f}" for stage in STAGES)
    rate = one.rows / sum(one.seconds.values())
    return (
        f"| {NAMES[one.kind]} | {one.rows:,} | {one.rows / one.asked:,.0f} | {one.asked_processor:.2f} | {one.asked_bytes / 2**20:,.0f} | {GOALS.get(one.kind, 'reported')} "
        f"| {rate:,.0f} | {one.processor:.2f} | {one.peak_bytes / 2**20:,.0f} | {stages} | {one.load:.1f} |"
    )
