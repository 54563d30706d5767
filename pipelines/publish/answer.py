"""The business answer a night ends with: open pipeline, win rate, median cycle, the three worst problems.

Belongs here: reading those figures from a published file and saying them. Does not: computing them (marts do), or printing.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from pipelines.messages.catalogue import Message
from pipelines.publish.swap import MANIFEST

WORST = 3


@dataclass
class Figures:
    """Money in base currency; rates 0–1, None where withheld (`is_withheld`) or nothing closed; days are calendar days.

    problems: dicts of rule_code, rule_name_en, rule_name_zh_hant, issue_count, amount_base_at_risk; worst first.
    """

    currency: str
    minimum_count: int  # of closed deals below which the win rate is withheld
    open_count: int
    open_amount_base: Decimal
    left_out_count: int
    won_count: int
    closed_count: int
    is_withheld: bool
    win_rate: Decimal | None
    win_rate_low: Decimal | None
    win_rate_high: Decimal | None
    cycle_count: int
    median_cycle_days: Decimal | None
    problems: list[dict[str, Any]]


def business_figures(published_file: Path) -> Figures:
    """From marts.funnel_by_stage, win_rate, cycle (company, all time) and quality_issue (standing)."""
    with duckdb.connect(str(published_file), read_only=True) as connection:
        opened = _row(connection, _OPEN)
        rate = _row(connection, _WIN_RATE)
        cycle = _row(connection, _CYCLE)
        found = connection.execute(_PROBLEMS, {"worst": WORST})
        names = [column[0] for column in found.description or []]
        problems = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    declared = _declared(published_file)
    return Figures(
        currency=declared.get("base_currency", ""),
        minimum_count=declared.get("minimum_rate_count", 0),
        open_count=opened.get("open_count", 0),
        open_amount_base=opened.get("open_amount_base") or Decimal(0),
        left_out_count=opened.get("left_out_count", 0),
        won_count=rate.get("won_count", 0),
        closed_count=rate.get("closed_count", 0),
        is_withheld=rate.get("is_withheld", True),
        win_rate=rate.get("win_rate"),
        win_rate_low=rate.get("win_rate_low"),
        win_rate_high=rate.get("win_rate_high"),
        cycle_count=cycle.get("won_count", 0),
        median_cycle_days=cycle.get("won_median_days"),
        problems=problems,
    )


def business_answer(published_file: Path, language: str = "en") -> list[str]:
    """The figures as plain lines of text, no markup. Texts from the sources stay as they are."""
    figures = business_figures(published_file)
    left_out = _say("FNL-548", language, count=figures.left_out_count) if figures.left_out_count else ""
    lines = [
        _say(
            "FNL-541",
            language,
            open_count=f"{figures.open_count:,}",
            open_amount=f"{figures.open_amount_base:,.2f}",
            currency=figures.currency,
            left_out=left_out,
        )
    ]
    if figures.win_rate is None or figures.win_rate_low is None or figures.win_rate_high is None:
        lines.append(_say("FNL-543", language, closed_count=f"{figures.closed_count:,}", minimum=figures.minimum_count))
    else:
        lines.append(
            _say(
                "FNL-542",
                language,
                win_rate=_percent(figures.win_rate),
                low=_percent(figures.win_rate_low),
                high=_percent(figures.win_rate_high),
                won_count=f"{figures.won_count:,}",
                closed_count=f"{figures.closed_count:,}",
            )
        )
    if figures.median_cycle_days is None:
        lines.append(_say("FNL-545", language))
    else:
        lines.append(_say("FNL-544", language, days=f"{figures.median_cycle_days:,.1f}", cycle_count=f"{figures.cycle_count:,}"))
    name = "rule_name_zh_hant" if language == "zh-Hant" else "rule_name_en"
    for rank, problem in enumerate(figures.problems, start=1):
        lines.append(
            _say(
                "FNL-546",
                language,
                rank=rank,
                rule_name=problem[name],
                rule_code=problem["rule_code"],
                issue_count=f"{problem['issue_count']:,}",
                money=f"{problem['amount_base_at_risk'] or 0:,.2f}",
                currency=figures.currency,
            )
        )
    return lines if figures.problems else [*lines, _say("FNL-547", language)]


_OPEN = """
select sum(open_count)::bigint as open_count, sum(amount_base) as open_amount_base,
    sum(blank_amount_count + no_rate_count)::bigint as left_out_count
from marts.funnel_by_stage having count(*) > 0"""
_WIN_RATE = """
select won_count, closed_count, is_withheld, win_rate, win_rate_low, win_rate_high
from marts.win_rate where scope_code = 'company' and period_kind_code = 'all'"""
_CYCLE = "select won_count, won_median_days from marts.cycle where scope_code = 'company' and period_kind_code = 'all'"
# a deal counts once a rule, however many spans or records of it the rule names
_PROBLEMS = """
with standing as (
    select rule_code, any_value(severity_code) as severity_code, count(*) as record_count, max(amount_base_at_risk) as amount_base_at_risk
    from marts.quality_issue where is_standing group by rule_code, coalesce(opportunity_id, quality_issue_id)
)
select rule_code, rule_name_en, rule_name_zh_hant, sum(record_count)::bigint as issue_count,
    sum(amount_base_at_risk)::decimal(38,2) as amount_base_at_risk
from standing join marts.quality_rule using (rule_code)
group by all
order by case any_value(standing.severity_code) when 'error' then 1 when 'warning' then 2 else 3 end,
    amount_base_at_risk desc nulls last, issue_count desc, rule_code
limit $worst"""


def _declared(published_file: Path) -> dict[str, Any]:
    """The manifest of a publication: beside its file, or for a file of data/as_of that of the last publication."""
    for folder in (published_file.parent, published_file.parent.parent / "published"):
        if (folder / MANIFEST).is_file():
            return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return {}


def _row(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    found = connection.execute(sql)
    names = [column[0] for column in found.description or []]
    row = found.fetchone()
    return dict(zip(names, row, strict=True)) if row else {}


def _say(code: str, language: str, **values: Any) -> str:
    return Message(code, values).lines(language)[0].removeprefix(f"{code} ")


def _percent(rate: Decimal) -> str:
    return f"{rate * 100:.1f}"
