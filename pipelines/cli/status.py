"""`funnel status`: how the last nights went, how fresh each source is, whether the schedule lives.

Belongs here: printing what the journal, the published file and Dagster say. Does not: judging it (defs, marts).
"""

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.options import CompanyOption
from pipelines.cli.screen import open_company, screen

if TYPE_CHECKING:
    from pipelines.settings.company import CompanyFolder

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def status(
    company: CompanyOption = None,
    max_age: Annotated[
        str, typer.Option("--max-age", metavar="26h", help="Exit 1 when the last good night is older (30m, 26h, 2d). · 最長時限")
    ] = "",
    runs: Annotated[int, typer.Option(help="How many runs to list. · 筆數")] = 5,
) -> None:
    """The last runs, each source's freshness, what is blocked. · 近況"""
    from itertools import islice

    from pipelines.defs.journal import last_good_night, summaries
    from pipelines.settings.clock import now

    limit = _age(max_age) if max_age else None
    folder = open_company(company)
    last = list(islice(summaries(folder), runs))
    screen.table(("as_of", "run", "result", "finished", "seconds"), [_run_row(summary) for summary in last])
    _print_freshness(folder)
    if last:
        screen.messages([*last[0]["messages"], *last[0].get("notices", [])], last[0]["log_path"])
    good = last_good_night(folder)
    _print_daemon(folder)
    if good is None:
        screen.say("FNL-640", company=folder.root)
    else:
        screen.say("FNL-641", date=good["as_of_date"], finished=good["finished_at"], file=folder.published / "funnel.duckdb")
    if limit is not None and (good is None or now() - datetime.fromisoformat(good["finished_at"]).replace(tzinfo=None) > limit):
        from pipelines.messages.catalogue import FunnelError

        raise FunnelError("FNL-642", 1, limit=max_age, last=good["finished_at"] if good else "-", company=folder.root)


def _run_row(summary: dict[str, Any]) -> tuple[Any, ...]:
    return (
        summary["as_of_date"],
        f"{summary['kind']} ({summary['trigger']})",
        summary["exit_code"],
        summary["finished_at"],
        round(sum(summary["durations"].values()), 1),
    )


def _print_freshness(folder: "CompanyFolder") -> None:
    """One row per source and entity: its scopes, its latest delivery, and which scopes (reps, months) are late; nothing before a night."""
    import polars as pl

    from pipelines.publish.reader import published_freshness

    rows = published_freshness(folder)
    if rows is not None:
        rows.columns = ["source", "entity", "scope", "last", "fresh"]
        late = pl.col("scope").filter(~pl.col("fresh"))
        table = rows.group_by("source", "entity", maintain_order=True).agg(
            pl.len().alias("count"),
            pl.col("last").max(),
            late.len().alias("late_count"),
            late.replace("", "-").str.join(", ").str.slice(0, 80).alias("late"),
        )
        screen.table(("source", "entity", "scopes", "last", "late_count", "late"), table.iter_rows())


def _print_daemon(folder: "CompanyFolder") -> None:
    """Only where the service or `funnel ui` was ever used, as their log shows: a timer or cron needs no daemon. (Asking costs seconds.)"""
    if not (folder.logs / "web.log").is_file():
        return
    from pipelines.defs.instance import daemon_is_running

    if not daemon_is_running(folder):
        screen.say("FNL-643", company=folder.root)


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d+)([mhd])", text.strip())
    if not found:
        from pipelines.messages.catalogue import FunnelError

        raise FunnelError("FNL-644", 2, text=text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
