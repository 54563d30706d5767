"""The funnel's own sizes: a field history of 50,000 deals and 200,000 versions, 2 million activities, and one deal or account that holds everything.

Belongs here: which models and questions are measured, on which company. Does not: computing them (replay.py), or wording (funnel_page.py).
"""

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.floor import run_floor
from benchmarks.made_company import FIRST, configure, deliver
from benchmarks.made_crowd import DAY, configure_crowd, deliver_crowd
from benchmarks.made_history import LAST, configure_history, deliver_history
from benchmarks.measure import funnel, night
from benchmarks.replay import Replays, processor_seconds, replay

HISTORY_DEALS, ACTIVITY_DEALS = 50_000, 100_000
# What lies between the versions and intervals, visits, wins by owner; in the order in which it is made.
HISTORY = (
    "exchange_rate_span", "opportunity_event", "fct_stage_move", "fct_stage_visit", "opportunity_gone", "opportunity_close", "fct_opportunity",
    "opportunity_interval", "win_rate",
)  # fmt: skip
PROCESS = (
    "opportunity_event", "fct_stage_move", "fct_stage_visit", "stage_visit_bound", "activity_link", "stage_visit_attribution", "gate_check",
    "gate_result", "fct_opportunity", "opportunity_interval", "stage_duration", "funnel_as_of",
)  # fmt: skip
_STANDING = """select {day}, spans.stage_code, count(*), sum(spans.amount_base) from {days} as evenings inner join marts.opportunity_interval as spans
    on spans.valid_from_date <= {day} and {day} < spans.valid_until_date where spans.status_code = 'open' and {asked} group by all"""
QUESTIONS = {
    "the funnel at every month end": _STANDING.format(
        day="period_end_date", days="marts.dim_period", asked="period_kind_code = 'month' and is_complete"
    ),
    "the funnel on the last 90 days": _STANDING.format(
        day="date_day", days="marts.dim_date", asked=f"date_day between date '{LAST}' - 89 and date '{LAST}'"
    ),
    "the day grain counted through its view": "select count(*) from marts.fct_opportunity_day",
    "the movements of one month, the company's": """select component_code, count(*), sum(amount_base) from marts.fct_pipeline_movement
        where view_code = 'as_known_now' and population_code = 'all_open' and scope_code = 'company' and period_code = '2026-05' group by all""",
    "all movements counted through their view": "select count(*), sum(change_amount_base) from marts.fct_pipeline_movement",
}


@dataclass
class Companies:
    """Four folders after their night."""

    history: Path
    activities: Path
    spread: Path
    crowded: Path


@dataclass
class FunnelMeasured:
    versions: int
    days: int
    history: Replays
    questions: Replays
    every: Replays  # every table of the history's marts
    process: Replays
    floor_seconds: float
    floor_processor_seconds: float
    spread: Replays
    crowded: Replays


def made_companies(folder: Path) -> Companies:
    """Input and one night each."""
    made = Companies(folder / "history", folder / "activities", folder / "spread", folder / "crowded")
    for company in vars(made).values():
        funnel("init", str(company), "--language", "en")
    configure_history(made.history)
    deliver_history(made.history / "inbox", HISTORY_DEALS)
    night(made.history, LAST.isoformat())
    configure(made.activities, "delta")
    deliver(made.activities / "inbox", ACTIVITY_DEALS, FIRST)
    night(made.activities, FIRST)
    for company in (made.spread, made.crowded):
        configure_crowd(company)
        deliver_crowd(company / "inbox", is_crowded=company == made.crowded)
        night(company, DAY)
    return made


def measure_funnel(made: Companies, scratch: Path) -> FunnelMeasured:
    """The hand-written floor runs between the replays of the models that are compared with it: beside the same other work, if there is any."""
    counts = replay(
        made.history, "versions=from canonical.opportunity_version", f"days={QUESTIONS['the day grain counted through its view']}"
    )
    history = replay(made.history, *HISTORY)
    questions = replay(made.history, *(f"{name}={query}" for name, query in QUESTIONS.items()))
    process = replay(made.activities, *PROCESS)
    used = processor_seconds()
    floor_seconds = run_floor(made.activities, scratch / "floor.duckdb")
    floor_used = processor_seconds() - used
    every, spread, crowded = (replay(company, *tables(company)) for company in (made.history, made.spread, made.crowded))
    versions, days = counts.each["versions"].rows, counts.each["days"].first_value
    return FunnelMeasured(versions, days, history, questions, every, process, floor_seconds, floor_used, spread, crowded)


def tables(company: Path) -> list[str]:
    """The tables of the marts."""
    manifest = json.loads((company / "data" / "warehouse" / "dbt_target" / "manifest.json").read_text(encoding="utf-8"))
    models = (node for node in manifest["nodes"].values() if node["resource_type"] == "model" and node["fqn"][1] == "marts")
    return sorted(node["name"] for node in models if node["config"]["materialized"] == "table")
