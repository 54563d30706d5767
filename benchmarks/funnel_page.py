"""The page docs/benchmarks_funnel.md: the sizes of the funnel itself, each figure against its goal.

Belongs here: figures -> text. Does not: measuring.
"""

from pathlib import Path

from benchmarks.funnel import ACTIVITY_DEALS, HISTORY_DEALS, FunnelMeasured
from benchmarks.made_crowd import ACTIVITIES, DEALS, VISITS
from benchmarks.page import machine
from benchmarks.replay import Replays

DEAREST = 20


def write_funnel_page(page: Path, one: FunnelMeasured) -> None:
    """Overwrite the page."""
    parts = [*_head(one), *_goals(one), *_questions(one), *_floor(one), *_crowd(one), *_dearest(one)]
    page.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _head(one: FunnelMeasured) -> list[str]:
    return [
        "# Benchmarks of the funnel",
        "",
        f"Written by `make bench BENCH=funnel` on {machine()}",
        "",
        f"*History*: {HISTORY_DEALS:,} deals with {one.versions:,} versions over three years, delivered week by week, {one.days:,} deals and days. *Activities*: {ACTIVITY_DEALS:,} deals,",
        "4.5 moves and 20 activities each. After one night each model is computed again by itself in a fresh process, from the tables of that night into a scratch file",
        "(two threads, 3 GB): neither dbt nor the writing of the warehouse is in these figures. Processor seconds hardly depend on what else the machine does.",
        "",
    ]


def _goals(one: FunnelMeasured) -> list[str]:
    def seconds(replays: Replays, *names: str) -> str:
        chosen = [replays.each[name] for name in names]
        return f"{sum(each.seconds for each in chosen):.2f} | {sum(each.processor_seconds for each in chosen):.2f}"

    month_ends, ninety_days, day_grain = list(one.questions.each)[:3]
    return [
        "| | goal | s | processor, s |",
        "|---|---|---|---|",
        f"| versions → intervals, visits, wins by owner | ≤ 2.5 s | {seconds(one.history, *one.history.each)} |",
        f"| its memory beyond the open warehouse, GB | ≤ 0.5 | {one.history.bytes_beyond_start / 1e9:.2f} | |",
        f"| {month_ends} and {ninety_days}, out of the intervals | ≤ 1 s | {seconds(one.questions, month_ends, ninety_days)} |",
        f"| {day_grain} | reported | {seconds(one.questions, day_grain)} |",
        f"| visits, attribution, gates, durations, funnel of 90 days ({ACTIVITY_DEALS:,} deals) | ≤ 2 × floor | {seconds(one.process, *one.process.each)} |",
        f"| the hand-written floor | | {one.floor_seconds:.2f} | {one.floor_processor_seconds:.2f} |",
        f"| … ratio | ≤ 2 | {one.process.seconds / one.floor_seconds:.1f} | {one.process.processor_seconds / one.floor_processor_seconds:.1f} |",
    ]


def _questions(one: FunnelMeasured) -> list[str]:
    return [
        "",
        "## Questions to the history",
        "",
        "| | s | processor, s |",
        "|---|---|---|",
        *(f"| {name} | {each.seconds:.2f} | {each.processor_seconds:.2f} |" for name, each in one.questions.each.items()),
    ]


def _floor(one: FunnelMeasured) -> list[str]:
    return [
        "",
        "## Models beside the floor",
        "",
        "| model | rows | s | processor, s |",
        "|---|---|---|---|",
        *(f"| {name} | {each.rows:,} | {each.seconds:.2f} | {each.processor_seconds:.2f} |" for name, each in one.process.each.items()),
    ]


def _crowd(one: FunnelMeasured) -> list[str]:
    spread, crowded = one.spread.each, one.crowded.each

    def handled(replays: Replays) -> int:
        return sum(each.rows_handled for each in replays.each.values())

    grown = sorted(crowded, key=lambda name: spread[name].rows_handled - crowded[name].rows_handled)[:5]
    return [
        "",
        "## One deal with everything",
        "",
        f"{VISITS:,} moves to and fro and {ACTIVITIES:,} activities, half of which name no deal: spread over {DEALS:,} deals and accounts, and all on one of each. *Rows handled*: what came out",
        "of all operators of the models' plans, the same on any machine. Whatever holds each visit against each activity of its deal would show as a factor of hundreds.",
        "",
        "| | rows handled, spread | on one | ratio | processor, spread | on one |",
        "|---|---|---|---|---|---|",
        f"| every table of the marts | {handled(one.spread):,} | {handled(one.crowded):,} | {handled(one.crowded) / handled(one.spread):.1f} | "
        f"{one.spread.processor_seconds:.1f} | {one.crowded.processor_seconds:.1f} |",
        *(
            f"| {name} | {spread[name].rows_handled:,} | {crowded[name].rows_handled:,} | {crowded[name].rows_handled / spread[name].rows_handled:.1f} | "
            f"{spread[name].processor_seconds:.2f} | {crowded[name].processor_seconds:.2f} |"
            for name in grown
        ),
    ]


def _dearest(one: FunnelMeasured) -> list[str]:
    dearest = sorted(one.every.each.items(), key=lambda item: -item[1].processor_seconds)[:DEAREST]
    return [
        "",
        "## The dearest tables of the history's marts",
        "",
        f"All {len(one.every.each)} together: {one.every.processor_seconds:.1f} s of processor.",
        "",
        "| model | rows | s | processor, s |",
        "|---|---|---|---|",
        *(f"| {name} | {each.rows:,} | {each.seconds:.2f} | {each.processor_seconds:.2f} |" for name, each in dearest),
    ]
